package dev.streambed.embedder.chunk;

import static dev.streambed.embedder.Requirements.check;

import com.ibm.icu.util.VersionInfo;
import dev.streambed.embedder.TokenCounter;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Cuts texts into chunks that fit into a model. Chunks are in order, no grapheme is cut unless it
 * alone is over the limit, and equal texts give equal chunks. All of a text is in a chunk, but for
 * white space between chunks, before the first and after the last. A text that fits is one chunk,
 * as it is. With {@link Headings}, none is parted from what follows it, unless the two do not fit.
 *
 * <p>Its time is linear in the length of the text. Thread-safe.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class TextSplitter {
  /**
   * Names what finds the boundaries: with another version, ICU may put some elsewhere, so that the
   * same text has other chunks.
   */
  public static final String BOUNDARIES =
      "icu4j " + VersionInfo.ICU_VERSION.getMajor() + "." + VersionInfo.ICU_VERSION.getMinor();

  /** Most characters of a text that probably fits, per token of the limit; English has some 4. */
  private static final int LIKELY_CHARACTERS = 3;

  private final TokenCounter tokens;
  private final Headings headings;
  private final Limits limits;

  /**
   * The limits of a chunk, resolved for a model.
   *
   * @param max most tokens, with prompt and special tokens
   * @param capacity most tokens without them
   * @param headings most tokens of headings before a text
   */
  record Limits(int max, int capacity, int overlap, int min, Boundary boundary, int headings) {}

  /**
   * A splitter for one model and prompt.
   *
   * @throws IllegalArgumentException if the options do not fit the model
   */
  public TextSplitter(TokenCounter tokens, ChunkingOptions options) {
    this.tokens = tokens;
    this.headings = options.headings();
    int max = options.maxTokens() == 0 ? tokens.limit() : options.maxTokens();
    check(max <= tokens.limit(), "maxTokens", max, "at most the model's limit, " + tokens.limit());
    int fixed = tokens.tokensForModel("");
    int capacity = max - fixed;
    if (capacity < ChunkingOptions.LEAST) {
      throw new IllegalArgumentException(
          "Chunks of at most %d tokens (max-tokens) are too small: prompt and special tokens take %d, and a text needs %d. Expected at least %d."
              .formatted(max, fixed, ChunkingOptions.LEAST, fixed + ChunkingOptions.LEAST));
    }
    String half = "at most %d, half of a chunk".formatted(max / 2);
    check(options.overlapTokens() <= max / 2, "overlapTokens", options.overlapTokens(), half);
    check(options.minTokens() <= max / 2, "minTokens", options.minTokens(), half);
    this.limits =
        new Limits(
            max,
            capacity,
            Math.min(options.overlapTokens(), capacity / 2),
            Math.min(options.minTokens(), capacity / 2),
            options.boundary(),
            options.headingsInText()
                ? Math.min(capacity / 2, capacity - ChunkingOptions.LEAST)
                : 0);
  }

  /**
   * The chunks of a text, at least one. A text of which nothing is left, such as white space, is
   * one chunk, which the model rejects.
   *
   * @throws dev.streambed.embedder.TextRejectedException if it cannot be tokenised
   */
  public List<Chunk> split(String text) {
    tokens.check(text);
    boolean likely = text.length() <= (long) LIKELY_CHARACTERS * limits.max;
    Chunk whole = likely ? whole(text) : null;
    if (whole != null) {
      return List.of(whole);
    }
    Outline outline = Outline.of(text, headings);
    Pieces pieces = Pieces.of(text, tokens, outline);
    // Where two pieces meet, a vocabulary may have a longer token: joined, they have fewer.
    if (!likely && pieces.tokens() <= 2 * limits.capacity) {
      whole = whole(text);
      if (whole != null) {
        return List.of(whole);
      }
    }
    return pieces.count() == 0
        ? List.of(new Chunk(0, text.length(), tokens.tokensForModel(text)))
        : new Cutter(text, pieces, tokens, limits, outline).cut();
  }

  /** The text as one chunk; null if it does not fit. */
  private @Nullable Chunk whole(String text) {
    int count = tokens.tokensForModel(text);
    if (count > limits.max) {
      return null;
    }
    int start = WhiteSpace.skip(text, 0, text.length());
    List<String> path = Outline.of(text, headings).path(start);
    return new Chunk(0, text.length(), count, path, /* before= */ "");
  }
}
