package dev.streambed.embedder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Decides where one batch ends and the next begins. */
final class BatchCutter {
  /**
   * Most padded places of a packed batch, as a multiple of its token budget. Attention sees texts x
   * longest places, and compares each with the longest text's: at most this many times the budget x
   * longest pairs, in time and in memory. 2, because attention is at most a tenth of the work of a
   * batch without padding, so that padding costs at most a tenth more (docs/decisions/0006).
   */
  static final int MAX_PADDED_PER_BUDGET = 2;

  private BatchCutter() {}

  /**
   * Cuts texts into batches within the policy, keeping their order.
   *
   * @param longestFirst texts by falling length, so that the first of a batch is what the others
   *     are padded to
   * @param length tokens of a text
   * @param layout which tokens the budget counts
   */
  static <T> List<List<T>> cut(
      List<T> longestFirst, ToIntFunction<T> length, BatchPolicy policy, TokenLayout layout) {
    List<List<T>> batches = new ArrayList<>();
    int start = 0;
    while (start < longestFirst.size()) {
      int end = end(longestFirst, start, length, policy, layout);
      batches.add(List.copyOf(longestFirst.subList(start, end)));
      start = end;
    }
    return batches;
  }

  /** Where the batch that begins at {@code start} ends: a text at least goes into it. */
  private static <T> int end(
      List<T> texts, int start, ToIntFunction<T> length, BatchPolicy policy, TokenLayout layout) {
    long longest = length.applyAsInt(texts.get(start));
    long maxPadded =
        switch (layout) {
          case PADDED -> policy.maxTokens();
          case PACKED -> (long) MAX_PADDED_PER_BUDGET * policy.maxTokens();
        };
    long maxRows = Math.min(policy.maxRecords(), Math.max(1, maxPadded / longest));
    long tokens = longest;
    int end = start + 1;
    while (end < texts.size() && end - start < maxRows) {
      tokens += length.applyAsInt(texts.get(end));
      if (layout == TokenLayout.PACKED && tokens > policy.maxTokens()) {
        break;
      }
      end++;
    }
    return end;
  }
}
