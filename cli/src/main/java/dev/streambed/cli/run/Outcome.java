package dev.streambed.cli.run;

import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.SourceRecord;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of the steps of a job for one record.
 *
 * @param decoded null if it did not decode, or is skipped
 * @param written the records for the sink's topic, in their order: an embedding, or those of all
 *     chunks, and tombstones of chunks that are left over
 * @param deadLetter null if it is none
 */
record Outcome(
    SourceRecord source,
    @Nullable InputRecord decoded,
    List<OutputRecord> written,
    @Nullable DeadLetter deadLetter) {

  Outcome {
    written = List.copyOf(written);
  }

  /** The records that leave the job. */
  enum Kind {
    EMBEDDING,
    TOMBSTONE,
    DEAD_LETTER,
    /** Nothing: the record tells about its source, not about a text. */
    SKIPPED;

    /** As people write it: {@code dead letter}. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  Kind kind() {
    if (deadLetter != null) {
      return Kind.DEAD_LETTER;
    }
    if (embeddings() > 0) {
      return Kind.EMBEDDING;
    }
    return decoded == null ? Kind.SKIPPED : Kind.TOMBSTONE;
  }

  /** Embeddings that are written: one, or one per chunk. */
  long embeddings() {
    return written.stream().filter(record -> record.value() != null).count();
  }

  /** Tombstones of chunks that the record deletes. */
  long deletedChunks() {
    return written.stream()
        .filter(record -> record.value() == null && record.partitionKey() != null)
        .count();
  }
}
