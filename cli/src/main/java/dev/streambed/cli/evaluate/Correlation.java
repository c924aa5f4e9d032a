package dev.streambed.cli.evaluate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How two lists of numbers go together, from -1 to 1. */
final class Correlation {
  private Correlation() {}

  /** Pearson's correlation of the numbers; 0 if one of the lists has one number only. */
  static double pearson(double[] first, double[] second) {
    double firstMean = Arrays.stream(first).average().orElse(0);
    double secondMean = Arrays.stream(second).average().orElse(0);
    double products = 0;
    double firsts = 0;
    double seconds = 0;
    for (int i = 0; i < first.length; i++) {
      double a = first[i] - firstMean;
      double b = second[i] - secondMean;
      products += a * b;
      firsts += a * a;
      seconds += b * b;
    }
    return firsts == 0 || seconds == 0 ? 0 : products / Math.sqrt(firsts * seconds);
  }

  /** Spearman's: Pearson's of the ranks, equal numbers at the mean of theirs. */
  static double spearman(double[] first, double[] second) {
    return pearson(ranks(first), ranks(second));
  }

  /** From 1 for the least. */
  static double[] ranks(double[] values) {
    Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
    double[] ranks = new double[values.length];
    int from = 0;
    while (from < order.length) {
      int to = from + 1;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + 1 + to) / 2.0;
      }
      from = to;
    }
    return ranks;
  }
}
