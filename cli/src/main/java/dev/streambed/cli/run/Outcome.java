package dev.streambed.cli.run;

import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.SourceRecord;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The outputs of the steps of a job for one record.
 *
 * @param decoded null if it did not decode, or is skipped
 * @param embedding the record for the sink's topic; null if there is none, or a tombstone
 * @param deadLetter null if it is none
 */
record Outcome(
    SourceRecord source,
    @Nullable InputRecord decoded,
    @Nullable OutputRecord embedding,
    @Nullable DeadLetter deadLetter) {

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
    if (embedding != null) {
      return Kind.EMBEDDING;
    }
    return decoded == null ? Kind.SKIPPED : Kind.TOMBSTONE;
  }
}
