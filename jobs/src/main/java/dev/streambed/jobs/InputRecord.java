package dev.streambed.jobs;

import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import org.jspecify.annotations.Nullable;

/**
 * A decoded record on its way to the embedder; public for Flink's serialiser, which also keeps it
 * in checkpoints while it is in flight (docs/decisions/0021).
 *
 * @param source the record as it was read, for a dead letter of a later step
 * @param text null for a tombstone
 */
public record InputRecord(SourceRecord source, @Nullable TextRecord text) {}
