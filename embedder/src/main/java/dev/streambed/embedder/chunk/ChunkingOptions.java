package dev.streambed.embedder.chunk;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.Range;
import java.io.Serializable;
import org.apiguardian.api.API;

/**
 * How texts are cut.
 *
 * @param maxTokens most tokens of a chunk, prompt and special tokens included; 0 for the model's
 *     limit
 * @param overlapTokens most tokens of a chunk that the next one repeats; it repeats whole
 *     sentences, or none if the last one is longer. At most half of a chunk, and at most half of
 *     what it holds beside prompt and special tokens is repeated
 * @param minTokens fewest tokens of the last chunk, as far as sentences allow: it takes what it
 *     lacks from the one before. At most half of a chunk, as above
 * @param boundary where a chunk should end
 * @param headings how headings are found. A chunk rather ends before one than after a paragraph,
 *     and never between a heading and what follows it
 * @param headingsInText whether the headings above a chunk are put before its text
 */
@API(status = API.Status.EXPERIMENTAL)
public record ChunkingOptions(
    int maxTokens,
    int overlapTokens,
    int minTokens,
    Boundary boundary,
    Headings headings,
    boolean headingsInText)
    implements Serializable {
  /** Fewest tokens of a chunk beside prompt, special tokens and headings. */
  static final int LEAST = 8;

  /** As many beside two special tokens; a prompt takes more, which only its tokeniser tells. */
  public static final Range<Integer> MAX_TOKENS =
      Range.orZero(Range.atLeast(LEAST + 2), "the model's limit");

  public static final Range<Integer> OVERLAP_TOKENS = Range.atLeast(0);
  public static final Range<Integer> MIN_TOKENS = Range.atLeast(0);

  public static final ChunkingOptions DEFAULT = new ChunkingOptions(0, 0, 0, Boundary.SENTENCE);

  public ChunkingOptions {
    MAX_TOKENS.require("maxTokens", maxTokens);
    OVERLAP_TOKENS.require("overlapTokens", overlapTokens);
    MIN_TOKENS.require("minTokens", minTokens);
    check(
        !headingsInText || headings != Headings.OFF,
        "headingsInText",
        headingsInText,
        "false while headings are off");
  }

  /** For texts without headings. */
  public ChunkingOptions(int maxTokens, int overlapTokens, int minTokens, Boundary boundary) {
    this(maxTokens, overlapTokens, minTokens, boundary, Headings.OFF, /* headingsInText= */ false);
  }

  /** The same with headings of a text, put before the text of chunks if so asked. */
  public ChunkingOptions withHeadings(Headings found, boolean inText) {
    return new ChunkingOptions(maxTokens, overlapTokens, minTokens, boundary, found, inText);
  }

  /** The same without headings: what decides the vector of a given text. */
  public ChunkingOptions withoutHeadings() {
    return withHeadings(Headings.OFF, /* inText= */ false);
  }
}
