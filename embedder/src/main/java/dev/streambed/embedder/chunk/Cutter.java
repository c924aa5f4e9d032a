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

  /** More characters of a grapheme than a token has. */
  private static final int CHARACTERS_OF_TOKEN = 8;

  /** A chunk below this part of what it may hold is as good as a title without its text. */
  private static final int PARTS_OF_TITLE = 8;

  private final String text;
  private final Pieces pieces;
  private final TokenCounter tokens;
  private final Limits limits;
  private final Outline outline;
  private Before before = new Before(-1, "", 0);

  Cutter(String text, Pieces pieces, TokenCounter tokens, Limits limits, Outline outline) {
    this.text = text;
    this.pieces = pieces;
    this.tokens = tokens;
    this.limits = limits;
    this.outline = outline;
  }

  /**
   * The headings before the text of a chunk.
   *
   * @param from where the chunk begins
   * @param tokens by themselves
   */
  private record Before(int from, String headings, int tokens) {}

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
    int passedTokens = pieces.tokensBefore(from);
    // Pieces may have a token less where they meet, so a few more may fit.
    if (pieces.tokens() - passedTokens <= room(from) + limits.capacity() / 4) {
      Cut rest = cutAt(from, text.length());
      if (rest.chunk.tokens() <= limits.max()) {
        return rest;
      }
    }
    int most = room(from);
    for (int attempt = 1; ; attempt++) {
      int end = place(from, passed, passedTokens + most);
      if (end < 0) {
        return from < passed ? next(passed, passed) : grapheme(from);
      }
      Cut cut = cutAt(from, end);
      if (cut.chunk.tokens() <= limits.max()) {
        return cut;
      }
      most = fewer(pieces.tokensBefore(end) - passedTokens, cut.chunk.tokens(), attempt);
    }
  }

  private Cut cutAt(int from, int end) {
    int contentEnd = WhiteSpace.trim(text, from, end);
    String headings = before(from).headings;
    int count = tokens.tokensForModel(headings + text.substring(from, contentEnd));
    return new Cut(new Chunk(from, contentEnd, count, outline.path(from), headings), end);
  }

  /** Most tokens of the text of a chunk from a position. */
  private int room(int from) {
    return limits.capacity() - before(from).tokens;
  }

  private Before before(int from) {
    if (before.from != from) {
      before = headingsBefore(from);
    }
    return before;
  }

  /** The headings nearest to a position, as many as may be put before it. */
  private Before headingsBefore(int from) {
    List<String> path = limits.headings() == 0 ? List.of() : outline.above(from);
    for (int top = 0; top < path.size(); top++) {
      String headings = String.join(" > ", path.subList(top, path.size())) + "\n\n";
      int count = tokens.tokensAlone(headings);
      if (count <= limits.headings()) {
        return new Before(from, headings, count);
      }
    }
    return new Before(from, "", 0);
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
        return isTitle(from, end) ? Math.max(end, insideOfSentence(passed, less)) : end;
      }
    }
    return insideOfSentence(passed, less);
  }

  /** Whether so little lies before a position that it rather takes of a sentence cut anyway. */
  private boolean isTitle(int from, int end) {
    int piece = pieces.at(end);
    int next = pieces.tokensBeforePiece(piece + 1) - pieces.tokensBeforePiece(piece);
    return next > limits.capacity()
        && pieces.tokensBefore(end) - pieces.tokensBefore(from) < least();
  }

  /** Fewest tokens of a chunk that is none of a title alone. */
  private int least() {
    return Math.max(limits.min(), limits.capacity() / PARTS_OF_TITLE);
  }

  /** The start of the piece before which a chunk should end; -1 if it cannot end before one. */
  private int sentence(int from, int passed, int most) {
    int least = pieces.tokensBefore(from) + leastOfParagraphs(from);
    int leastOfSections = pieces.tokensBefore(from) + secondHalf(from);
    int last = -1;
    int lastLine = -1;
    int lastParagraph = -1;
    int piece = Math.min(pieces.lastWithTokensBefore(most), pieces.count() - 1);
    for (; piece >= 0 && pieces.start(piece) > passed; piece--) {
      int start = pieces.start(piece);
      int before = pieces.tokensBeforePiece(piece);
      last = last < 0 ? start : last;
      if (before < least || (lastParagraph >= 0 && before < leastOfSections)) {
        break;
      }
      End end = pieces.end(piece);
      if (end == End.SECTION && before >= leastOfSections) {
        return start;
      }
      if (lastParagraph < 0 && (end == End.PARAGRAPH || end == End.SECTION)) {
        lastParagraph = start;
      }
      lastLine = lastLine < 0 && end == End.LINE ? start : lastLine;
    }
    if (lastParagraph >= 0) {
      return lastParagraph;
    }
    return lastLine >= 0 ? lastLine : last;
  }

  /** Fewest tokens of a chunk that ends after a paragraph or line though more sentences fit. */
  private int leastOfParagraphs(int from) {
    return limits.boundary() == Boundary.PARAGRAPH ? least() : secondHalf(from);
  }

  /** Fewest tokens of a chunk that ends before a heading though more fits. */
  private int secondHalf(int from) {
    return Math.max(limits.min(), room(from) / 2);
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
    if (start > passed && (lineBreak <= passed || outline.binds(lineBreak))) {
      return start;
    }
    if (lineBreak > passed) {
      return lineBreak;
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
    int content = WhiteSpace.trim(text, from, end); // tokens of white space may lie before it
    if (content - from > CHARACTERS_OF_TOKEN * limits.capacity()) { // it surely does not fit
      end = startOfCodePoint(from + CHARACTERS_OF_TOKEN * limits.capacity());
    }
    Cut cut = cutAt(from, end);
    while (cut.chunk.tokens() > limits.max() && end > least) {
      end = Math.max(least, startOfCodePoint(from + (Math.min(end, content) - from) / 2));
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

  /** Where the chunk after another begins; it repeats nothing of another section. */
  private int overlap(int from, int end) {
    if (limits.overlap() == 0 || end == text.length()) {
      return end;
    }
    int least =
        Math.max(
            pieces.tokensBefore(end) - limits.overlap(), // of the tokens that are repeated
            pieces.tokensBefore(from) + 1);
    int start = Math.max(overlapFrom(least), outline.sectionOf(end));
    return start > from && start < end && !outline.binds(start) ? start : end;
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
