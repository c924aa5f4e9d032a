package dev.streambed.embedder.chunk;

import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.chunk.Pieces.End;
import dev.streambed.embedder.chunk.TextSplitter.Limits;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts one text, from its beginning to its end. The tokens of pieces say about where a chunk must
 * end; they do not add up, as a word may have other tokens at the edge of a text. So each chunk is
 * tokenised again, and gets less while it is over the limit. Confined to one thread.
 */
final class Cutter {
  /** From this attempt on, each takes half of the one before. */
  private static final int HALVING_ATTEMPT = 3;

  private final String text;
  private final Pieces pieces;
  private final TokenCounter tokens;
  private final Limits limits;

  Cutter(String text, Pieces pieces, TokenCounter tokens, Limits limits) {
    this.text = text;
    this.pieces = pieces;
    this.tokens = tokens;
    this.limits = limits;
  }

  /**
   * A chunk and where it was cut.
   *
   * @param end where the next chunk begins, unless it overlaps; the end of the text for the last
   */
  private record Cut(Chunk chunk, int end) {}

  List<Chunk> cut() {
    List<Chunk> chunks = new ArrayList<>();
    int from = pieces.start(0);
    int passed = from;
    while (passed < text.length()) {
      Cut cut = next(from, passed);
      if (from < passed && !endsASentence(cut) && limits.boundary() != Boundary.ANY) {
        Cut alone = next(passed, passed); // rather a whole sentence than an overlap
        cut = endsASentence(alone) ? alone : cut;
      }
      chunks.add(cut.chunk);
      from = overlap(cut.chunk.startChar(), cut.end);
      passed = cut.end;
    }
    return chunks;
  }

  private boolean endsASentence(Cut cut) {
    return pieces.start(pieces.at(cut.end)) == cut.end;
  }

  /**
   * The chunk from a position.
   *
   * @param passed a position behind which it must end
   */
  private Cut next(int from, int passed) {
    int before = pieces.tokensBefore(from);
    // Pieces may have a token less where they meet, so a few more may fit.
    if (pieces.tokens() - before <= limits.capacity() + limits.capacity() / 4) {
      Cut rest = cutAt(from, text.length());
      if (rest.chunk.tokens() <= limits.max()) {
        return rest;
      }
    }
    int most = limits.capacity();
    for (int attempt = 1; ; attempt++) {
      int end = place(from, passed, before + most);
      if (end < 0) {
        return from < passed ? next(passed, passed) : grapheme(from);
      }
      Cut cut = cutAt(from, end);
      if (cut.chunk.tokens() <= limits.max()) {
        return cut;
      }
      most = fewer(pieces.tokensBefore(end) - before, cut.chunk.tokens(), attempt);
    }
  }

  private Cut cutAt(int from, int end) {
    int contentEnd = WhiteSpace.trim(text, from, end);
    int count = tokens.tokensForModel(text.substring(from, contentEnd));
    return new Cut(new Chunk(from, contentEnd, count), end);
  }

  /** How many tokens to try after a chunk that turned out to have too many. */
  private int fewer(int expected, int found, int attempt) {
    if (attempt >= HALVING_ATTEMPT) {
      return Math.min(expected - 1, expected / 2);
    }
    return Math.min(expected - 1, Math.max(expected / 2, expected - (found - limits.max())));
  }

  /** Where a chunk should end that may have tokens up to a count; -1 if nowhere. */
  private int place(int from, int passed, int most) {
    int less = Math.min(most, pieces.tokens() - limits.min());
    if (limits.boundary() != Boundary.ANY) {
      int end = sentence(from, passed, less);
      end = end < 0 ? sentence(from, passed, most) : end;
      if (end >= 0) {
        return end;
      }
    }
    return insideOfSentence(passed, less);
  }

  /** The start of the piece before which a chunk should end; -1 if it cannot end before one. */
  private int sentence(int from, int passed, int most) {
    int preferred = pieces.tokensBefore(from) + leastOfParagraphs();
    int last = -1;
    int lastLine = -1;
    int piece = Math.min(pieces.lastWithTokensBefore(most), pieces.count() - 1);
    for (; piece >= 0 && pieces.start(piece) > passed; piece--) {
      last = last < 0 ? pieces.start(piece) : last;
      if (pieces.tokensBeforePiece(piece) < preferred) {
        break;
      }
      if (pieces.end(piece) == End.PARAGRAPH) {
        return pieces.start(piece);
      }
      lastLine = lastLine < 0 && pieces.end(piece) == End.LINE ? pieces.start(piece) : lastLine;
    }
    return lastLine >= 0 ? lastLine : last;
  }

  /** Fewest tokens of a chunk that ends after a paragraph or line though more sentences fit. */
  private int leastOfParagraphs() {
    return limits.boundary() == Boundary.PARAGRAPH
        ? limits.min()
        : Math.max(limits.min(), limits.capacity() / 2);
  }

  private int insideOfSentence(int passed, int most) {
    int limit = most < 0 ? 0 : pieces.withTokensBefore(most);
    if (limit <= passed) {
      return -1;
    }
    int piece = Math.min(pieces.at(limit), pieces.count() - 1);
    int start = pieces.start(piece);
    if (start == limit) {
      return start;
    }
    int lineBreak = pieces.inside(piece).lastLineBreak(limit);
    if (lineBreak > passed) {
      return lineBreak;
    }
    if (start > passed) {
      return start;
    }
    int grapheme = pieces.inside(piece).lastGrapheme(limit);
    return grapheme > passed ? grapheme : -1;
  }

  /**
   * One grapheme, or as much of it as fits, but at least one character: hundreds of marks on one
   * letter are no text that anybody reads.
   */
  private Cut grapheme(int from) {
    int least = text.offsetByCodePoints(from, 1);
    int end = nextGrapheme(from);
    int before = pieces.tokensBefore(from);
    if (pieces.tokensBefore(end) - before > 2 * limits.capacity()) { // it surely does not fit
      end = Math.max(least, pieces.withTokensBefore(before + limits.capacity()));
    }
    Cut cut = cutAt(from, end);
    while (cut.chunk.tokens() > limits.max() && end > least) {
      end = Math.max(least, startOfCodePoint(from + (end - from) / 2));
      cut = cutAt(from, end);
    }
    return cut;
  }

  private int nextGrapheme(int position) {
    int piece = pieces.at(position);
    int grapheme = pieces.inside(piece).nextGrapheme(position);
    return grapheme < 0 ? pieces.start(piece + 1) : grapheme;
  }

  private int startOfCodePoint(int position) {
    return Character.isLowSurrogate(text.charAt(position)) ? position - 1 : position;
  }

  /** Where the chunk after another begins. */
  private int overlap(int from, int end) {
    if (limits.overlap() == 0 || end == text.length()) {
      return end;
    }
    int least =
        Math.max(
            pieces.tokensBefore(end) - limits.overlap(), // of the tokens that are repeated
            pieces.tokensBefore(from) + 1);
    int start = overlapFrom(least);
    return start > from && start < end ? start : end;
  }

  private int overlapFrom(int least) {
    int piece = pieces.lastWithTokensBefore(least);
    if (pieces.tokensBeforePiece(piece) == least) {
      return pieces.start(piece);
    }
    int lineBreak = -1;
    if (limits.boundary() == Boundary.ANY) {
      int position = pieces.withTokensBefore(least);
      // A token of nothing but white space lies where the next one does.
      int later = pieces.tokensBefore(position) < least ? position + 1 : position;
      lineBreak = pieces.inside(piece).firstLineBreak(later);
    }
    return lineBreak >= 0 ? lineBreak : pieces.start(piece + 1);
  }
}
