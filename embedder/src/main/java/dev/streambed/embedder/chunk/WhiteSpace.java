package dev.streambed.embedder.chunk;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UCharacter.GraphemeClusterBreak;
import com.ibm.icu.lang.UProperty;

/** White space between chunks, as Unicode and the graphemes of a text have it. */
final class WhiteSpace {
  private static final int LINE_SEPARATOR = 0x2028;
  private static final int PARAGRAPH_SEPARATOR = 0x2029;
  private static final int NEXT_LINE = 0x85;

  private WhiteSpace() {}

  /** The first character of the text at or after a boundary that may begin a chunk. */
  static int skip(String text, int from, int end) {
    int position = from;
    while (position < end && isOutside(text, position)) {
      position += Character.charCount(text.codePointAt(position));
    }
    return position;
  }

  /** The end of a chunk without the white space before a boundary. */
  static int trim(String text, int from, int end) {
    int position = end;
    while (position > from) {
      int last = text.codePointBefore(position);
      int before = position - Character.charCount(last);
      if (!UCharacter.isUWhiteSpace(last)
          || (before > from && isJoinedToItsPrevious(text, before))) {
        return position;
      }
      position = before;
    }
    return position;
  }

  /** The ends of lines in white space; that of a paragraph counts twice, as an empty line does. */
  static int lineEnds(String text, int from, int end) {
    int ends = 0;
    for (int i = from; i < end; i++) {
      char c = text.charAt(i);
      boolean isFirstOfTwo = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
      if (c == '\n' || (c == '\r' && !isFirstOfTwo) || c == NEXT_LINE || c == LINE_SEPARATOR) {
        ends++;
      } else if (c == PARAGRAPH_SEPARATOR) {
        ends += 2;
      }
    }
    return ends;
  }

  /** Whether the character at a boundary is white space, and a grapheme by itself. */
  static boolean isOutside(String text, int position) {
    int here = text.codePointAt(position);
    if (!UCharacter.isUWhiteSpace(here)) {
      return false;
    }
    int next = position + Character.charCount(here);
    if (next == text.length() || isControl(here)) {
      return true;
    }
    return switch (graphemeBreak(text.codePointAt(next))) {
      case GraphemeClusterBreak.EXTEND,
          GraphemeClusterBreak.SPACING_MARK,
          GraphemeClusterBreak.ZWJ ->
          false;
      default -> true;
    };
  }

  private static boolean isJoinedToItsPrevious(String text, int position) {
    return !isControl(text.codePointAt(position))
        && graphemeBreak(text.codePointBefore(position)) == GraphemeClusterBreak.PREPEND;
  }

  /** Between a control character and any other is a boundary. */
  private static boolean isControl(int codePoint) {
    return switch (graphemeBreak(codePoint)) {
      case GraphemeClusterBreak.CONTROL, GraphemeClusterBreak.CR, GraphemeClusterBreak.LF -> true;
      default -> false;
    };
  }

  private static int graphemeBreak(int codePoint) {
    return UCharacter.getIntPropertyValue(codePoint, UProperty.GRAPHEME_CLUSTER_BREAK);
  }
}
