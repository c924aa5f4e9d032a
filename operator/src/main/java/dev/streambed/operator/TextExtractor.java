package dev.streambed.operator;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Finds what to embed in a record.
 *
 * @param <T> type of the record
 */
public interface TextExtractor<T> extends Serializable {
  /** The text; null if the record has none and passes through, such as a tombstone. */
  @Nullable String text(T input);

  /** Name of the prompt; null for the embedder's default. */
  @Nullable String promptName(T input);

  /**
   * Heap that a record takes while it is in flight, about, in bytes; by default that of its text.
   * More, where the record has other content of weight. The same for a record, always.
   */
  default long bytes(T input) {
    String text = text(input);
    return text == null ? 0 : (long) text.length() * Character.BYTES;
  }
}
