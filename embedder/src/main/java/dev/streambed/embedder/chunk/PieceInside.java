package dev.streambed.embedder.chunk;

import com.ibm.icu.text.BreakIterator;
import com.ibm.icu.util.ULocale;
import dev.streambed.embedder.TokenCounter;
import java.util.Arrays;

/**
 * The places inside of a sentence, as positions in the text: where its tokens begin, and where it
 * can be cut if it must be. None of these is before white space. Immutable.
 */
final class PieceInside {
  private final int[] tokens;
  private final int[] graphemes;
  private final int[] lineBreaks;

  private PieceInside(int[] tokens, int[] graphemes, int[] lineBreaks) {
    this.tokens = tokens;
    this.graphemes = graphemes;
    this.lineBreaks = lineBreaks;
  }

  /**
   * Looks into a piece.
   *
   * @param start its position in the text
   */
  static PieceInside of(String piece, int start, TokenCounter tokens) {
    int[] graphemes = boundaries(BreakIterator.getCharacterInstance(ULocale.ROOT), piece);
    int[] lineBreaks = boundaries(BreakIterator.getLineInstance(ULocale.ROOT), piece);
    int[] starts = tokens.startsAlone(piece);
    for (int i = 0; i < starts.length; i++) { // a token may begin with the space before its word
      starts[i] = WhiteSpace.skip(piece, starts[i], piece.length());
    }
    shift(starts, start);
    shift(graphemes, start);
    shift(lineBreaks, start);
    // A line may be wrapped between a space and a mark on it, which are one grapheme.
    return new PieceInside(starts, graphemes, common(lineBreaks, graphemes));
  }

  private static int[] boundaries(BreakIterator iterator, String piece) {
    iterator.setText(piece);
    int[] found = new int[piece.length()];
    int count = 0;
    for (int at = iterator.next(); at != BreakIterator.DONE; at = iterator.next()) {
      if (at < piece.length() && !WhiteSpace.isOutside(piece, at)) {
        found[count++] = at;
      }
    }
    return Arrays.copyOf(found, count);
  }

  private static void shift(int[] positions, int by) {
    for (int i = 0; i < positions.length; i++) {
      positions[i] += by;
    }
  }

  private static int[] common(int[] ascending, int[] other) {
    int[] found = new int[ascending.length];
    int count = 0;
    for (int position : ascending) {
      if (Arrays.binarySearch(other, position) >= 0) {
        found[count++] = position;
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** Tokens of this piece that begin before a position. */
  int tokensBefore(int position) {
    int low = 0;
    int high = tokens.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (tokens[middle] < position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The position of a token, counted from 0. */
  int startOfToken(int index) {
    return tokens[index];
  }

  /** The last place up to a position where a line may be wrapped; -1 if there is none. */
  int lastLineBreak(int position) {
    return last(lineBreaks, position);
  }

  /** The first place from a position on where a line may be wrapped; -1 if there is none. */
  int firstLineBreak(int position) {
    int found = Arrays.binarySearch(lineBreaks, position);
    int next = found >= 0 ? found : -found - 1;
    return next < lineBreaks.length ? lineBreaks[next] : -1;
  }

  /** The last boundary of graphemes up to a position; -1 if there is none. */
  int lastGrapheme(int position) {
    return last(graphemes, position);
  }

  /** The first boundary of graphemes behind a position; -1 if there is none. */
  int nextGrapheme(int position) {
    int found = Arrays.binarySearch(graphemes, position);
    int next = found >= 0 ? found + 1 : -found - 1;
    return next < graphemes.length ? graphemes[next] : -1;
  }

  private static int last(int[] ascending, int position) {
    int found = Arrays.binarySearch(ascending, position);
    int last = found >= 0 ? found : -found - 2;
    return last >= 0 ? ascending[last] : -1;
  }
}
