package dev.streambed.embedder.chunk;

import static dev.streambed.embedder.Requirements.check;

import org.apiguardian.api.API;

/**
 * A part of a text.
 *
 * @param startChar its first character, in UTF-16 units as {@link String#substring} counts them
 * @param endChar behind its last character
 * @param tokens what the model gets for it: prompt and special tokens included
 */
@API(status = API.Status.EXPERIMENTAL)
public record Chunk(int startChar, int endChar, int tokens) {
  public Chunk {
    check(startChar >= 0, "startChar", startChar, "at least 0");
    check(endChar >= startChar, "endChar", endChar, "at least startChar");
    check(tokens >= 1, "tokens", tokens, "at least 1");
  }

  /** The chunk itself. */
  public String of(String text) {
    return text.substring(startChar, endChar);
  }
}
