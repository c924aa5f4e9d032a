package dev.streambed.operator;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenLayout;
import dev.streambed.embedder.batch.BatchListener;
import dev.streambed.embedder.calibration.BatchTuning;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/**
 * The metrics of a task slot, in the group {@value #GROUP} of the operator; {@code docs/metrics.md}
 * says what each one means. Thread-safe: the batcher's workers update them. Histograms are over the
 * last 1024 samples.
 */
final class EmbeddingMetrics implements BatchListener {
  static final String GROUP = "embedding";

  private static final int SAMPLES = 1024;

  private final MetricGroup group;
  private final TokenLayout layout;
  private final BatchTuning tuning;
  private final Counter texts;
  private final Counter tokens;
  private final Counter truncations;
  private final Counter unknownTokens;
  private final Counter duplicates;
  private final Counter cacheHits;
  private final Counter failures;
  private final Map<TextRejectedException.Reason, Counter> failuresByReason =
      new EnumMap<>(TextRejectedException.Reason.class);
  private final Counter batches;
  private final Counter runTokens = new ThreadSafeSimpleCounter();
  private final Counter runPaddedTokens = new ThreadSafeSimpleCounter();
  private final Histogram batchTexts;
  private final Histogram batchTokens;
  private final Histogram batchFillPercent;
  private final Histogram queueMicros;
  private final Histogram tokeniseMicros;
  private final Histogram inferenceMicros;
  private final Histogram latencyMicros;

  EmbeddingMetrics(MetricGroup operator, TextEmbedder embedder, BatchTuning tuning) {
    this.group = operator.addGroup(GROUP);
    this.layout = embedder.layout();
    this.tuning = tuning;
    Device device = embedder.device();
    group.gauge("device", (Gauge<Integer>) device::gpu);
    int signedWeights = embedder.hasSignedWeights() ? 1 : 0;
    group.gauge("signedWeights", (Gauge<Integer>) () -> signedWeights);
    group.addGroup("model", embedder.modelDigest()).gauge("info", (Gauge<Integer>) () -> 1);
    group.gauge("maxBatchTokens", (Gauge<Integer>) tuning::maxTokens);
    group.gauge("workers", (Gauge<Integer>) tuning::workers);
    this.texts = counter(group, "texts");
    this.tokens = counter(group, "tokens");
    this.truncations = counter(group, "truncations");
    this.unknownTokens = counter(group, "unknownTokens");
    this.duplicates = counter(group, "duplicates");
    this.cacheHits = counter(group, "cacheHits");
    this.failures = counter(group, "failures");
    for (TextRejectedException.Reason reason : TextRejectedException.Reason.values()) {
      failuresByReason.put(reason, counter(group, "failures." + reason));
    }
    this.batches = counter(group, "batches");
    group.gauge("paddingRatio", (Gauge<Double>) this::paddingRatio);
    this.batchTexts = histogram(group, "batchTexts");
    this.batchTokens = histogram(group, "batchTokens");
    this.batchFillPercent = histogram(group, "batchFillPercent");
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
    unknownTokens.inc(embedding.unknownTokens());
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
    batchFillPercent.update(100L * layout.budgeted(ownTokens, paddedTokens) / tuning.maxTokens());
    inferenceMicros.update(TimeUnit.NANOSECONDS.toMicros(nanos));
  }

  @Override
  public void reused(int count) {
    duplicates.inc(count);
  }

  @Override
  public void cacheHit() {
    cacheHits.inc();
  }

  /** Says where the length of the queue is to be read. */
  void queueLength(IntSupplier length) {
    group.gauge("queueLength", (Gauge<Integer>) length::getAsInt);
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
