package dev.streambed.embedder.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import com.ibm.icu.text.BreakIterator;
import com.ibm.icu.util.ULocale;
import dev.streambed.embedder.TokenCounter;
import java.util.List;

/** Checks what must be true of the chunks of any text. */
public final class ChunkChecks {
  private final TokenCounter tokens;
  private final ChunkingOptions options;
  private final TextSplitter splitter;
  private final int max;

  public ChunkChecks(TokenCounter tokens, ChunkingOptions options) {
    this.tokens = tokens;
    this.options = options;
    this.splitter = new TextSplitter(tokens, options);
    this.max = options.maxTokens() == 0 ? tokens.limit() : options.maxTokens();
  }

  /**
   * Splits a text and checks the chunks.
   *
   * @param name of the case, for failures
   * @return the chunks
   */
  public List<Chunk> split(String text, String name) {
    List<Chunk> chunks = splitter.split(text);
    assertThat(splitter.split(text)).as("%s: the same again", name).isEqualTo(chunks);
    assertThat(chunks).as(name).isNotEmpty();
    if (chunks.size() == 1 && chunks.get(0).endChar() == text.length()) {
      assertThat(chunks.get(0).startChar()).as("%s: a text that fits", name).isZero();
      return chunks;
    }
    BreakIterator graphemes = BreakIterator.getCharacterInstance(ULocale.ROOT);
    graphemes.setText(text);
    Pieces pieces = Pieces.of(text, tokens, Outline.of(text, options.headings()));
    int longest = 0; // tokens of headings before a chunk
    for (Chunk chunk : chunks) {
      longest = Math.max(longest, tokens.tokensAlone(chunk.before()));
    }
    int covered = 0;
    int lastStart = -1;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      String here = "%s: chunk %d of %d, %s".formatted(name, i, chunks.size(), chunk);
      assertThat(chunk.startChar()).as(here).isGreaterThan(lastStart);
      assertThat(chunk.endChar()).as(here).isGreaterThan(covered);
      if (chunk.startChar() > covered) {
        assertThat(isWhiteSpace(text, covered, chunk.startChar())).as(here).isTrue();
      } else if (chunk.startChar() < covered) {
        checkOverlap(text, pieces, covered, chunk, here);
      }
      checkTokens(text, chunk, here);
      checkGrapheme(text, graphemes, chunk.startChar(), max - longest, here);
      checkGrapheme(text, graphemes, chunk.endChar(), max - longest, here);
      covered = chunk.endChar();
      lastStart = chunk.startChar();
    }
    assertThat(isWhiteSpace(text, covered, text.length())).as("%s: its end", name).isTrue();
    return chunks;
  }

  private void checkTokens(String text, Chunk chunk, String here) {
    assertThat(chunk.tokens()).as(here).isEqualTo(tokens.tokensForModel(chunk.of(text)));
    assertThat(chunk.tokens()).as(here).isLessThanOrEqualTo(max);
  }

  private void checkOverlap(String text, Pieces pieces, int covered, Chunk chunk, String here) {
    int end = WhiteSpace.skip(text, covered, text.length());
    int start = chunk.startChar();
    assertThat(pieces.tokensBefore(end) - pieces.tokensBefore(start))
        .as(here)
        .isBetween(0, options.overlapTokens());
    if (options.boundary() != Boundary.ANY) {
      assertThat(pieces.start(pieces.at(start))).as(here).isEqualTo(start);
    }
  }

  /** A grapheme may be cut that does not fit. */
  private void checkGrapheme(
      String text, BreakIterator graphemes, int position, int room, String here) {
    if (!graphemes.isBoundary(position)) {
      String grapheme =
          text.substring(graphemes.preceding(position), graphemes.following(position));
      assertThat(tokens.tokensForModel(grapheme))
          .as("%s cuts a grapheme", here)
          .isGreaterThan(room);
    }
  }

  private static boolean isWhiteSpace(String text, int from, int end) {
    return text.substring(from, end)
        .codePoints()
        .allMatch(com.ibm.icu.lang.UCharacter::isUWhiteSpace);
  }
}
