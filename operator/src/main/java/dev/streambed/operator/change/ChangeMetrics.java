package dev.streambed.operator.change;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counts documents, in the group {@value #GROUP} of the operator; docs/metrics.md says what each
 * means. Confined to the task thread; Flink's reporters read.
 */
final class ChangeMetrics {
  static final String GROUP = "changes";

  private final Counter inferred;
  private final Counter skipped;
  private final Counter reEmitted;
  private final Counter savedTokens;
  private final Counter bootstrapRecords;
  private final Counter bootstrapKeys;
  private volatile long bootstrapMillis;

  ChangeMetrics(MetricGroup operator) {
    MetricGroup group = operator.addGroup(GROUP);
    this.inferred = group.counter("inferred");
    this.skipped = group.counter("skipped");
    this.reEmitted = group.counter("reEmitted");
    this.savedTokens = group.counter("savedTokens");
    this.bootstrapRecords = group.counter("bootstrapRecords");
    this.bootstrapKeys = group.counter("bootstrapKeys");
    group.gauge("bootstrapMillis", (Gauge<Long>) () -> bootstrapMillis);
  }

  /** The model gave the vectors of a record. */
  void inferred() {
    inferred.inc();
  }

  /** A record said what was written already. */
  void skipped(LastWritten document) {
    skipped.inc();
    savedTokens.inc(document.tokens());
  }

  /** The state was filled from a topic. */
  void bootstrapped(long records, long keys, long millis) {
    bootstrapRecords.inc(records);
    bootstrapKeys.inc(keys);
    bootstrapMillis = millis;
  }

  /** Chunks of a document needed no inference. */
  void saved(int tokens) {
    savedTokens.inc(tokens);
  }

  /** A record was written with the vectors in state. */
  void reEmitted(LastWritten document) {
    reEmitted.inc();
    savedTokens.inc(document.tokens());
  }
}
