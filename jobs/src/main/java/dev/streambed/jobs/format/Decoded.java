package dev.streambed.jobs.format;

import dev.streambed.schemas.TextRecord;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * The decision about a record of the source topic.
 *
 * @param text null unless the record has a text to embed
 */
@Internal
public record Decoded(Kind kind, @Nullable TextRecord text) {

  /** The action for a record. */
  public enum Kind {
    /** Embed its text. */
    TEXT,
    /** Delete the embedding under the record's key. */
    DELETION,
    /** Nothing: it tells about the source, not about a text. */
    SKIPPED
  }

  static final Decoded DELETION = new Decoded(Kind.DELETION, null);
  static final Decoded SKIPPED = new Decoded(Kind.SKIPPED, null);

  static Decoded text(TextRecord text) {
    return new Decoded(Kind.TEXT, text);
  }
}
