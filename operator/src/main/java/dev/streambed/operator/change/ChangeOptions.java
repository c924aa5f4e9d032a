package dev.streambed.operator.change;

import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * How changes of documents are found.
 *
 * @param ttl how long a document is remembered after its last record, at least 1 ms; null for ever
 * @param unchangedChunks what becomes of chunks that stay as they are while another changes; to
 *     write them takes their vectors, which only {@link ChangeMode#METADATA_ONLY} keeps
 */
@Internal
public record ChangeOptions(
    ChangeMode mode, @Nullable Duration ttl, UnchangedChunks unchangedChunks)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The fate of the chunks of a changed document that did not change. */
  public enum UnchangedChunks {
    /** They are in the topic, and stay there. */
    SKIP("skip"),
    /** They are written again, with the vectors in state: the document is whole in the topic. */
    WRITE("write");

    private final String optionValue;

    UnchangedChunks(String optionValue) {
      this.optionValue = optionValue;
    }

    /** As it is written in a pipeline file. */
    @Override
    public String toString() {
      return optionValue;
    }
  }

  public static final ChangeOptions OFF = new ChangeOptions(ChangeMode.OFF, /* ttl= */ null);

  public ChangeOptions {
    if (ttl != null && ttl.toMillis() < 1) {
      throw new IllegalArgumentException(
          "Invalid value %s for ttl: must be at least 1 ms.".formatted(ttl));
    }
    if (unchangedChunks == UnchangedChunks.WRITE && mode != ChangeMode.METADATA_ONLY) {
      throw new IllegalArgumentException(
          "Invalid value %s for unchangedChunks: must be skip, as the mode %s keeps no vectors to write."
              .formatted(unchangedChunks, mode));
    }
  }

  /** With unchanged chunks skipped. */
  public ChangeOptions(ChangeMode mode, @Nullable Duration ttl) {
    this(mode, ttl, UnchangedChunks.SKIP);
  }

  public boolean isOff() {
    return mode == ChangeMode.OFF;
  }
}
