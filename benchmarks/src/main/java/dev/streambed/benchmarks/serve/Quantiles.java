package dev.streambed.benchmarks.serve;

import java.util.List;

/** Quantiles of a list of values. */
final class Quantiles {
  private Quantiles() {}

  /**
   * The smallest value that so large a share of the values does not exceed.
   *
   * @param values at least one
   * @param share above 0, up to 1: 0.5 for the median, the lower one if their number is even
   */
  static double of(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }
}
