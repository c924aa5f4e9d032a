package dev.streambed.operator.stream;

import org.apache.flink.annotation.PublicEvolving;

/**
 * The part of its document's text that an embedding is of. Flink serialises it as a POJO.
 *
 * @param index among the chunks of the document, from 0
 * @param count of its chunks
 * @param startChar its first character, in UTF-16 units as {@link String#substring} counts them; 0
 *     where the chunk is deleted
 * @param endChar behind its last character; likewise
 */
@PublicEvolving
public record TextChunk(int index, int count, int startChar, int endChar) {
  /** A chunk that is deleted, of so many. */
  public static TextChunk deleted(int index, int count) {
    return new TextChunk(index, count, /* startChar= */ 0, /* endChar= */ 0);
  }
}
