package dev.streambed.operator;

import dev.streambed.embedder.BatchListener;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * The metrics of a task slot, in the group {@value #GROUP} of the operator. Thread-safe: the
 * batcher's workers update them. Histograms are over the last 1024 samples.
 *
 * <table>
 *   <caption>Metrics</caption>
 *   <tr><td>device</td><td>gauge</td><td>CUDA index of the GPU that the model runs on; -1: the CPU</td></tr>
 *   <tr><td>texts</td><td>counter</td><td>texts that got a vector</td></tr>
 *   <tr><td>tokens</td><td>counter</td><td>tokens of these texts, prompt and special tokens included</td></tr>
 *   <tr><td>truncations</td><td>counter</td><td>texts embedded without the tokens beyond the model's limit</td></tr>
 *   <tr><td>duplicates</td><td>counter</td><td>texts that got the vector of an equal text, not run themselves</td></tr>
 *   <tr><td>failures</td><td>counter</td><td>texts rejected, to be dead letters</td></tr>
 *   <tr><td>failures.REASON</td><td>counter</td><td>of these, by {@link TextRejectedException.Reason}</td></tr>
 *   <tr><td>batches</td><td>counter</td><td>inference runs that succeeded</td></tr>
 *   <tr><td>paddingRatio</td><td>gauge</td><td>share of the tokens run that were padding, 0 to 1</td></tr>
 *   <tr><td>batchTexts</td><td>histogram</td><td>texts in a batch</td></tr>
 *   <tr><td>batchTokens</td><td>histogram</td><td>tokens in a batch, padding included</td></tr>
 *   <tr><td>queueMicros</td><td>histogram</td><td>microseconds that a text waits for a worker</td></tr>
 *   <tr><td>tokeniseMicros</td><td>histogram</td><td>microseconds to tokenise a window of texts</td></tr>
 *   <tr><td>inferenceMicros</td><td>histogram</td><td>microseconds of an inference run</td></tr>
 *   <tr><td>latencyMicros</td><td>histogram</td><td>microseconds from asyncInvoke to the result</td></tr>
 * </table>
 */
final class EmbeddingMetrics implements BatchListener {
  static final String GROUP = "embedding";

  private static final int SAMPLES = 1024;

  private final Counter texts;
  private final Counter tokens;
  private final Counter truncations;
  private final Counter duplicates;
  private final Counter failures;
  private final Map<TextRejectedException.Reason, Counter> failuresByReason =
      new EnumMap<>(TextRejectedException.Reason.class);
  private final Counter batches;
  private final Counter runTokens = new ThreadSafeSimpleCounter();
  private final Counter runPaddedTokens = new ThreadSafeSimpleCounter();
  private final Histogram batchTexts;
  private final Histogram batchTokens;
  private final Histogram queueMicros;
  private final Histogram tokeniseMicros;
  private final Histogram inferenceMicros;
  private final Histogram latencyMicros;

  EmbeddingMetrics(MetricGroup operator, Device device) {
    MetricGroup group = operator.addGroup(GROUP);
    group.gauge("device", (Gauge<Integer>) device::gpu);
    this.texts = counter(group, "texts");
    this.tokens = counter(group, "tokens");
    this.truncations = counter(group, "truncations");
    this.duplicates = counter(group, "duplicates");
    this.failures = counter(group, "failures");
    for (TextRejectedException.Reason reason : TextRejectedException.Reason.values()) {
      failuresByReason.put(reason, counter(group, "failures." + reason));
    }
    this.batches = counter(group, "batches");
    group.gauge("paddingRatio", (Gauge<Double>) this::paddingRatio);
    this.batchTexts = histogram(group, "batchTexts");
    this.batchTokens = histogram(group, "batchTokens");
    this.queueMicros = histogram(group, "queueMicros");
    this.tokeniseMicros = histogram(group, "tokeniseMicros");
    this.inferenceMicros = histogram(group, "inferenceMicros");
    this.latencyMicros = histogram(group, "latencyMicros");
  }

  /** A text got its vector, this long after it was submitted. */
  void succeeded(Embedding embedding, long nanos) {
    texts.inc();
    tokens.inc(embedding.tokens());
    if (embedding.truncated()) {
      truncations.inc();
    }
    latencyMicros.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  /** A text was rejected. */
  void failed(TextRejectedException.Reason reason) {
    failures.inc();
    Counter byReason = failuresByReason.get(reason);
    if (byReason != null) {
      byReason.inc();
    }
  }

  @Override
  public void tokenised(int count, long nanos) {
    tokeniseMicros.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  @Override
  public void waited(long nanos) {
    queueMicros.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  @Override
  public void embedded(int count, int ownTokens, int paddedTokens, long nanos) {
    batches.inc();
    runTokens.inc(ownTokens);
    runPaddedTokens.inc(paddedTokens);
    batchTexts.update(count);
    batchTokens.update(paddedTokens);
    inferenceMicros.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  @Override
  public void reused(int count) {
    duplicates.inc(count);
  }

  private double paddingRatio() {
    long padded = runPaddedTokens.getCount();
    return padded == 0 ? 0 : 1 - (double) runTokens.getCount() / padded;
  }

  private static Counter counter(MetricGroup group, String name) {
    return group.counter(name, new ThreadSafeSimpleCounter());
  }

  private static Histogram histogram(MetricGroup group, String name) {
    return group.histogram(name, new DescriptiveStatisticsHistogram(SAMPLES));
  }
}
