package dev.streambed.embedder;

import java.util.Arrays;
import java.util.List;

/**
 * Token ids padded on the right to a rectangle, row-major: the input of a graph.
 *
 * @param inputIds [rows, columns]
 * @param attentionMask [rows, columns], 1 for a token, 0 for padding
 */
@SuppressWarnings("ArrayRecordComponent") // lives for one run
public record TokenBatch(long[] inputIds, long[] attentionMask, int rows, int columns) {
  // The id of a padded place is never looked at (its mask is 0); 0 is a row of every word table.
  private static final long PADDING_ID = 0;

  /** Pads the texts to the longest of them. */
  public static TokenBatch pad(List<TokenIds> texts) {
    int columns = 0;
    for (TokenIds text : texts) {
      columns = Math.max(columns, text.length());
    }
    long[] inputIds = new long[texts.size() * columns];
    long[] attentionMask = new long[texts.size() * columns];
    Arrays.fill(inputIds, PADDING_ID);
    int start = 0;
    for (TokenIds text : texts) {
      System.arraycopy(text.ids(), 0, inputIds, start, text.length());
      Arrays.fill(attentionMask, start, start + text.length(), 1);
      start += columns;
    }
    return new TokenBatch(inputIds, attentionMask, texts.size(), columns);
  }
}
