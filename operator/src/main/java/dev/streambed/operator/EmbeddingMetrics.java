package dev.streambed.operator;

import dev.streambed.embedder.Embedding;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * The operator's metrics, in the group {@value #GROUP}. Thread-safe: the batcher's workers update
 * them.
 *
 * <table>
 *   <caption>Metrics</caption>
 *   <tr><td>texts</td><td>counter</td><td>texts embedded</td></tr>
 *   <tr><td>tokens</td><td>counter</td><td>tokens embedded, prompt and special tokens included</td></tr>
 *   <tr><td>truncations</td><td>counter</td><td>texts embedded without the tokens beyond the model's limit</td></tr>
 *   <tr><td>failures</td><td>counter</td><td>texts rejected, to be dead letters</td></tr>
 *   <tr><td>latencyMicros</td><td>histogram</td><td>microseconds from asyncInvoke to the result, of the last 1024
 *   texts</td></tr>
 * </table>
 */
final class EmbeddingMetrics {
  static final String GROUP = "embedding";

  private static final int LATENCY_SAMPLES = 1024;

  private final Counter texts;
  private final Counter tokens;
  private final Counter truncations;
  private final Counter failures;
  private final Histogram latencyMicros;

  EmbeddingMetrics(MetricGroup operator) {
    MetricGroup group = operator.addGroup(GROUP);
    this.texts = group.counter("texts", new ThreadSafeSimpleCounter());
    this.tokens = group.counter("tokens", new ThreadSafeSimpleCounter());
    this.truncations = group.counter("truncations", new ThreadSafeSimpleCounter());
    this.failures = group.counter("failures", new ThreadSafeSimpleCounter());
    this.latencyMicros =
        group.histogram("latencyMicros", new DescriptiveStatisticsHistogram(LATENCY_SAMPLES));
  }

  void embedded(Embedding embedding, long startNanos) {
    texts.inc();
    tokens.inc(embedding.tokens());
    if (embedding.truncated()) {
      truncations.inc();
    }
    latencyMicros.update(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos));
  }

  void failed() {
    failures.inc();
  }
}
