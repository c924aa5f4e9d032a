package dev.streambed.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.calibration.BatchTuning;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.testutils.MetricListener;
import org.junit.jupiter.api.Test;

class EmbeddingMetricsTest {
  private final MetricListener listener = new MetricListener();
  private final EmbeddingMetrics metrics =
      new EmbeddingMetrics(
          listener.getMetricGroup(), new ManualTextEmbedder(), new BatchTuning(80, 2));

  @Test
  void countsTextsTokensAndWhatTheyLack() {
    metrics.succeeded(new Embedding(new float[] {1}, 7, false), 3_000_000);
    metrics.succeeded(new Embedding(new float[] {1}, List.of(), 16, true, 5), 5_000_000);

    assertThat(counter("texts")).isEqualTo(2);
    assertThat(counter("tokens")).isEqualTo(23);
    assertThat(counter("truncations")).isEqualTo(1);
    assertThat(counter("unknownTokens")).isEqualTo(5);
    assertThat(histogram("latencyMicros").getStatistics().getMax()).isEqualTo(5000);
  }

  @Test
  void countsFailuresByReason() {
    metrics.failed(Reason.BLANK);
    metrics.failed(Reason.BLANK);
    metrics.failed(Reason.TOO_LONG);

    assertThat(counter("failures")).isEqualTo(3);
    assertThat(counter("failures.BLANK")).isEqualTo(2);
    assertThat(counter("failures.TOO_LONG")).isEqualTo(1);
    assertThat(counter("failures.INVALID_UNICODE")).isZero();
  }

  @Test
  void describesBatches() {
    metrics.waited(2_000);
    metrics.tokenised(5, 40_000);
    metrics.embedded(2, 30, 40, 6_000_000);
    metrics.embedded(3, 60, 60, 8_000_000);
    metrics.reused(4);
    metrics.cacheHit();
    metrics.queueLength(() -> 17);

    assertThat(counter("batches")).isEqualTo(2);
    assertThat(counter("duplicates")).isEqualTo(4);
    assertThat(counter("cacheHits")).isEqualTo(1);
    assertThat(listener.<Integer>getGauge("embedding", "queueLength").orElseThrow().getValue())
        .isEqualTo(17);
    assertThat(histogram("batchFillPercent").getStatistics().getMin()).isEqualTo(50); // 40 of 80
    Gauge<Double> padding = listener.<Double>getGauge("embedding", "paddingRatio").orElseThrow();
    assertThat(padding.getValue()).isEqualTo(1 - 90 / 100.0);
    assertThat(histogram("batchTexts").getStatistics().getMean()).isEqualTo(2.5);
    assertThat(histogram("batchTokens").getStatistics().getMax()).isEqualTo(60);
    assertThat(histogram("inferenceMicros").getStatistics().getMin()).isEqualTo(6000);
    assertThat(histogram("tokeniseMicros").getStatistics().getMin()).isEqualTo(40);
    assertThat(histogram("queueMicros").getStatistics().getMin()).isEqualTo(2);
  }

  @Test
  void padsNothingBeforeTheFirstBatch() {
    Gauge<Double> padding = listener.<Double>getGauge("embedding", "paddingRatio").orElseThrow();

    assertThat(padding.getValue()).isZero();
  }

  @Test
  void saysWhatTheModelRunsOn() {
    var onGpu = new MetricListener();
    var embedder = new ManualTextEmbedder();
    embedder.runOn(Device.cuda(1));
    new EmbeddingMetrics(onGpu.getMetricGroup(), embedder, new BatchTuning(16_384, 2));
    Gauge<Integer> gpu = onGpu.<Integer>getGauge("embedding", "device").orElseThrow();
    Gauge<Integer> cpu = listener.<Integer>getGauge("embedding", "device").orElseThrow();

    assertThat(gpu.getValue()).isEqualTo(1);
    assertThat(cpu.getValue()).isEqualTo(-1);
  }

  private long counter(String name) {
    Counter counter = listener.getCounter("embedding", name).orElseThrow();
    return counter.getCount();
  }

  private Histogram histogram(String name) {
    return listener.getHistogram("embedding", name).orElseThrow();
  }
}
