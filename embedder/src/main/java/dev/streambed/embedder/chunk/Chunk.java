package dev.streambed.embedder.chunk;

import static dev.streambed.embedder.Requirements.check;

import java.util.List;
import org.apiguardian.api.API;

/**
 * A part of a text.
 *
 * @param startChar its first character, in UTF-16 units as {@link String#substring} counts them
 * @param endChar behind its last character
 * @param tokens what the model gets for it: prompt and special tokens included
 * @param headings the path of headings that its first sentence stands under, the topmost first
 * @param before what the model gets before the part: headings, if it is to; else empty
 */
@API(status = API.Status.EXPERIMENTAL)
public record Chunk(int startChar, int endChar, int tokens, List<String> headings, String before) {
  public Chunk {
    check(startChar >= 0, "startChar", startChar, "at least 0");
    check(endChar >= startChar, "endChar", endChar, "at least startChar");
    check(tokens >= 1, "tokens", tokens, "at least 1");
    headings = List.copyOf(headings);
  }

  /** A part of a text without headings. */
  public Chunk(int startChar, int endChar, int tokens) {
    this(startChar, endChar, tokens, /* headings= */ List.of(), /* before= */ "");
  }

  /** The text of the chunk, as the model gets it behind the prompt. */
  public String of(String text) {
    return before + text.substring(startChar, endChar);
  }
}
