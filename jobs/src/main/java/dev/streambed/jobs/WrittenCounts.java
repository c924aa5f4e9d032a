package dev.streambed.jobs;

import dev.streambed.jobs.kafka.OutputRecord;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counts what is written to the sink topic, in the group {@value #GROUP} of the operator that
 * encodes embeddings. Confined to the task thread.
 */
final class WrittenCounts {
  private static final String GROUP = "encode";

  private final Counter embeddings;
  private final Counter tombstones;
  private final Counter tombstonesOfRejected;

  WrittenCounts(MetricGroup operator) {
    MetricGroup group = operator.addGroup(GROUP);
    this.embeddings = group.counter("embeddings");
    this.tombstones = group.counter("tombstones");
    this.tombstonesOfRejected = group.counter("tombstonesOfRejected");
  }

  /** Counts what a record asked for. */
  void add(OutputRecord written) {
    (written.value() == null ? tombstones : embeddings).inc();
  }

  /** Counts a tombstone that deletes what a dead letter's key has. */
  void addOfRejected() {
    tombstones.inc();
    tombstonesOfRejected.inc();
  }
}
