package dev.streambed.embedder.chunk;

import dev.streambed.embedder.TokenCounter;
import java.util.ArrayList;
import java.util.List;

/**
 * A tokeniser of tests: a token is up to four characters of a word; two special tokens stand around
 * a text, and a prompt of one before it. Counts the characters that it was given.
 */
final class WordCounter implements TokenCounter {
  static final int FIXED = 3;

  private static final int TOKEN_LENGTH = 4;

  private final int limit;
  private long characters;

  WordCounter(int limit) {
    this.limit = limit;
  }

  /** How many characters it has tokenised so far. */
  long characters() {
    return characters;
  }

  @Override
  public int limit() {
    return limit;
  }

  @Override
  public void check(String text) {
    // takes any
  }

  @Override
  public int tokensForModel(String text) {
    return Math.min(limit + 1, FIXED + tokensAlone(text));
  }

  @Override
  public int tokensAlone(String text) {
    return startsAlone(text).length;
  }

  @Override
  public int[] startsAlone(String text) {
    characters += text.length();
    List<Integer> starts = new ArrayList<>();
    int inToken = 0;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      if (Character.isWhitespace(text.codePointAt(i))) {
        inToken = 0;
      } else {
        if (inToken % TOKEN_LENGTH == 0) {
          starts.add(i);
        }
        inToken++;
      }
    }
    return starts.stream().mapToInt(Integer::intValue).toArray();
  }
}
