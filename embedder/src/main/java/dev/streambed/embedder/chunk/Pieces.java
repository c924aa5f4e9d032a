package dev.streambed.embedder.chunk;

import com.ibm.icu.text.BreakIterator;
import com.ibm.icu.util.ULocale;
import dev.streambed.embedder.TokenCounter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sentences of a text, and how many tokens each has. What lies inside of a sentence is looked
 * at when it is asked for, once. A piece begins with its first character that is not white space,
 * so the white space before it belongs to the piece before. Headings and the first sentence below
 * them are one piece. Confined to one thread.
 */
final class Pieces {
  /** The largest unit that ends before a piece. */
  enum End {
    SENTENCE,
    LINE,
    PARAGRAPH,
    /** A heading begins, and what is under it. */
    SECTION
  }

  private final String text;
  private final TokenCounter tokens;
  private final Outline outline;
  private int count;
  private int[] starts = new int[64]; // behind the last, the end of the text
  private End[] ends = new End[64];
  private int[] tokensBefore = {};
  private @Nullable PieceInside[] inside = {};

  private Pieces(String text, TokenCounter tokens, Outline outline) {
    this.text = text;
    this.tokens = tokens;
    this.outline = outline;
  }

  static Pieces of(String text, TokenCounter tokens, Outline outline) {
    var pieces = new Pieces(text, tokens, outline);
    pieces.find();
    pieces.countTokens();
    return pieces;
  }

  private void find() {
    BreakIterator sentences = BreakIterator.getSentenceInstance(ULocale.ROOT);
    sentences.setText(text);
    BreakIterator graphemes = BreakIterator.getCharacterInstance(ULocale.ROOT);
    graphemes.setText(text);
    int content = 0; // the end of what is not white space
    int from = 0;
    for (int end = sentences.next(); end != BreakIterator.DONE; end = sentences.next()) {
      int start = WhiteSpace.skip(text, from, end);
      if (start < end) {
        boolean isBoundary = graphemes.isBoundary(start); // not so behind a sign that joins, U+0600
        if (count == 0 || (isBoundary && !outline.binds(start))) {
          add(start, outline.begins(start) ? End.SECTION : endBetween(content, start));
        }
        content = WhiteSpace.trim(text, start, end);
      }
      from = end;
    }
    starts[count] = text.length();
  }

  private End endBetween(int content, int start) {
    return switch (WhiteSpace.lineEnds(text, content, start)) {
      case 0 -> End.SENTENCE;
      case 1 -> End.LINE;
      default -> End.PARAGRAPH;
    };
  }

  private void add(int start, End end) {
    if (count + 1 == starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
      ends = Arrays.copyOf(ends, starts.length);
    }
    starts[count] = start;
    ends[count] = end;
    count++;
  }

  private void countTokens() {
    tokensBefore = new int[count + 1];
    inside = new PieceInside[count];
    for (int i = 0; i < count; i++) {
      tokensBefore[i + 1] =
          tokensBefore[i] + tokens.tokensAlone(text.substring(starts[i], starts[i + 1]));
    }
  }

  int count() {
    return count;
  }

  /** Tokens of all pieces. */
  int tokens() {
    return tokensBefore[count];
  }

  int start(int piece) {
    return starts[piece];
  }

  /** The largest unit that ends before a piece. */
  End end(int piece) {
    return ends[piece];
  }

  int tokensBeforePiece(int piece) {
    return tokensBefore[piece];
  }

  /** The piece of a position; {@link #count} for the end of the text. */
  int at(int position) {
    int found = Arrays.binarySearch(starts, 0, count + 1, position);
    return found >= 0 ? found : -found - 2;
  }

  /** The last piece that has at most so many tokens before it. */
  int lastWithTokensBefore(int most) {
    int piece = Arrays.binarySearch(tokensBefore, 0, count + 1, most);
    if (piece < 0) {
      return -piece - 2;
    }
    while (piece < count && tokensBefore[piece + 1] == most) {
      piece++;
    }
    return piece;
  }

  /** Tokens before a position, as the pieces have them. */
  int tokensBefore(int position) {
    int piece = at(position);
    return starts[piece] == position
        ? tokensBefore[piece]
        : tokensBefore[piece] + inside(piece).tokensBefore(position);
  }

  /** The last position with so many tokens before it, between 0 and {@link #tokens}. */
  int withTokensBefore(int wanted) {
    int piece = lastWithTokensBefore(wanted);
    int more = wanted - tokensBefore[piece];
    return more == 0 ? starts[piece] : inside(piece).startOfToken(more);
  }

  /** The places inside a piece where it can be cut. */
  PieceInside inside(int piece) {
    PieceInside known = inside[piece];
    if (known == null) {
      known =
          PieceInside.of(text.substring(starts[piece], starts[piece + 1]), starts[piece], tokens);
      inside[piece] = known;
    }
    return known;
  }
}
