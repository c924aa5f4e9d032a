package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;

import org.apiguardian.api.API;

/**
 * The part of its document that an embedding is of.
 *
 * @param index among the chunks of the document, from 0
 * @param count of the chunks that the document had when this one was written
 * @param startChar its first character in the document's text, in UTF-16 units as {@link
 *     String#substring} counts them
 * @param endChar behind its last character
 */
@API(status = API.Status.EXPERIMENTAL)
public record ChunkOfText(int index, int count, int startChar, int endChar) {
  public ChunkOfText {
    check(index >= 0, "index of a chunk", index, "at least 0");
    check(index < count, "index of a chunk", index, "below the count");
    check(startChar >= 0, "startChar", startChar, "at least 0");
    check(endChar >= startChar, "endChar", endChar, "at least startChar");
  }

  /** The key of a chunk, of the key of its document. */
  public static String key(String document, int index) {
    return document + "#" + index;
  }
}
