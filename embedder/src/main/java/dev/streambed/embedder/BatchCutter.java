package dev.streambed.embedder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/** Decides where one batch ends and the next begins. */
final class BatchCutter {
  private BatchCutter() {}

  /**
   * Cuts texts into batches within the policy, keeping their order.
   *
   * @param longestFirst texts by falling length, so that the first of a batch is what the others
   *     are padded to
   * @param length tokens of a text
   */
  static <T> List<List<T>> cut(List<T> longestFirst, ToIntFunction<T> length, BatchPolicy policy) {
    List<List<T>> batches = new ArrayList<>();
    int start = 0;
    while (start < longestFirst.size()) {
      int columns = length.applyAsInt(longestFirst.get(start));
      int rows = Math.min(policy.maxRecords(), Math.max(1, policy.maxTokens() / columns));
      int end = Math.min(longestFirst.size(), start + rows);
      batches.add(List.copyOf(longestFirst.subList(start, end)));
      start = end;
    }
    return batches;
  }
}
