package dev.streambed.operator.stream;

import java.util.List;
import org.apache.flink.annotation.PublicEvolving;

/**
 * The part of its document's text that an embedding is of. Flink serialises it as a POJO.
 *
 * @param index among the chunks of the document, from 0
 * @param count of its chunks
 * @param startChar its first character, in UTF-16 units as {@link String#substring} counts them; 0
 *     where the chunk is deleted
 * @param endChar behind its last character; likewise
 * @param headings the path of headings that it stands under, the topmost first; empty if there are
 *     none, or nobody asked
 * @param before what was embedded before it: headings, if they are to be; else empty
 */
@PublicEvolving
public record TextChunk(
    int index, int count, int startChar, int endChar, List<String> headings, String before) {

  /** A part of a text without headings. */
  public TextChunk(int index, int count, int startChar, int endChar) {
    this(index, count, startChar, endChar, /* headings= */ List.of(), /* before= */ "");
  }

  /** The text that was embedded. */
  public String of(String text) {
    return before + text.substring(startChar, endChar);
  }

  /** A chunk that is deleted, of so many. */
  public static TextChunk deleted(int index, int count) {
    return new TextChunk(index, count, /* startChar= */ 0, /* endChar= */ 0);
  }
}
