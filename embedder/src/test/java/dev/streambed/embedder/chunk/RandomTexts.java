package dev.streambed.embedder.chunk;

import java.util.List;
import java.util.Random;

/** Texts as nobody writes them, of parts that are hard to cut. */
public final class RandomTexts {
  private static final List<String> HARD =
      List.of(
          "e\u0301", // a letter and an accent
          " \u0301", // an accent on a space
          "\n\u0301",
          "\u0600 1", // a sign that joins what follows
          "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67\u200D\uD83D\uDC66", // a family
          "\uD83C\uDDE9\uD83C\uDDEA\uD83C\uDDEB\uD83C\uDDF7", // two flags
          "\uD83D\uDC4D\uD83C\uDFFD", // a thumb with a tone of skin
          "1\uFE0F\u20E3", // a key
          "\u1112\u1161\u11AB\u1100\u1173\u11AF", // Hangul by its parts
          "\u0915\u094D\u0937\u0924\u094D\u0930\u093F", // Devanagari with conjuncts
          "\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD \u202B\u0645\u0631\u062D\u0628\u0627\u202C",
          "\uFDFA", // one character, four words
          "\uD800\uDF30\uD800\uDF3D\uD835\uDC00\uD840\uDC00",
          "\u0E01\u0E23\u0E38\u0E07\u0E40\u0E17\u0E1E\u0E21\u0E2B\u0E32\u0E19\u0E04\u0E23",
          "\u5929\u5730\u7384\u9EC4\u3002\u5B87\u5B99\u6D2A\u8352\u3002",
          "\u65E5\u672C\u8A9E\u306E\u6587\u7AE0\u3067\u3059\u3002",
          "\u200B\u200D\u00AD\uFEFF",
          "Mr. Smith paid 3.50 (net) to e.g. Dr. No... Really?! Yes.",
          "# A heading\n\nA line\r\nanother\rand\u2028more\u2029new\u0085end.",
          "\u3000\u00A0\u2003\t",
          "\n\n\n",
          ". ",
          "? ",
          " ");

  private final List<String> paragraphs;
  private final Random random;

  /**
   * Texts of these paragraphs and of hard parts.
   *
   * @param paragraphs at least one
   */
  public RandomTexts(List<String> paragraphs, long seed) {
    this.paragraphs = paragraphs;
    this.random = new Random(seed);
  }

  /** A text of so many characters, about. */
  public String next(int length) {
    var text = new StringBuilder();
    while (text.length() < length) {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> text.append(part(paragraphs.get(random.nextInt(paragraphs.size()))));
        case 3, 4 -> text.append(HARD.get(random.nextInt(HARD.size())));
        case 5 -> text.append(HARD.get(random.nextInt(HARD.size())).repeat(1 + random.nextInt(30)));
        case 6 -> text.append("\u0301\u0300\u0316".repeat(random.nextInt(12)));
        default -> text.append(random.nextBoolean() ? "\n\n" : " ");
      }
    }
    return text.toString();
  }

  private String part(String paragraph) {
    int length = paragraph.codePointCount(0, paragraph.length());
    int from = random.nextInt(length);
    int count = 1 + random.nextInt(length - from);
    int start = paragraph.offsetByCodePoints(0, from);
    String part = paragraph.substring(start, paragraph.offsetByCodePoints(start, count));
    return random.nextInt(4) == 0 ? part.replace(" ", "") : part;
  }
}
