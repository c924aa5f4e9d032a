package dev.streambed.jobs;

import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.SourcePosition;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.jspecify.annotations.Nullable;

/**
 * Counts what is written to the sink topic, in the group {@value #GROUP} of the operator that
 * encodes embeddings. Confined to the task thread.
 */
final class WrittenCounts {
  private static final String GROUP = "encode";

  private final Counter documents;
  private final Counter embeddings;
  private final Counter tombstones;
  private final Counter tombstonesOfRejected;
  private final Counter deletions;
  private final Counter deletionsOfRejected;
  private @Nullable SourcePosition last;
  private @Nullable SourcePosition lastDeletion;

  WrittenCounts(MetricGroup operator) {
    MetricGroup group = operator.addGroup(GROUP);
    this.documents = group.counter("documents");
    this.embeddings = group.counter("embeddings");
    this.tombstones = group.counter("tombstones");
    this.tombstonesOfRejected = group.counter("tombstonesOfRejected");
    this.deletions = group.counter("deletions");
    this.deletionsOfRejected = group.counter("deletionsOfRejected");
  }

  /** Counts what a record asked for. The chunks of a document come one after the other. */
  void add(OutputRecord written) {
    if (written.value() == null) {
      addTombstone(written.source());
      return;
    }
    embeddings.inc();
    SourcePosition source = written.source();
    if (source == null || !source.equals(last)) {
      documents.inc();
      last = source;
    }
  }

  /** Counts a tombstone that deletes what a dead letter's key has, or one of its chunks. */
  void addOfRejected(SourcePosition source) {
    tombstonesOfRejected.inc();
    if (addTombstone(source)) {
      deletionsOfRejected.inc();
    }
  }

  /** Whether it is the first one of its record. */
  private boolean addTombstone(@Nullable SourcePosition source) {
    tombstones.inc();
    boolean isFirst = source == null || !source.equals(lastDeletion);
    if (isFirst) {
      deletions.inc();
      lastDeletion = source;
    }
    return isFirst;
  }
}
