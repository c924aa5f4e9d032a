package dev.streambed.importer.nomic;

import java.util.List;
import java.util.Locale;

/**
 * The difference of vectors from the expected ones, both scaled to norm 1.
 *
 * @param largest largest difference of any component; NaN if any component is
 * @param smallestCosine least cosine of any pair
 */
record Deviation(double largest, double smallestCosine) {
  static Deviation of(List<double[]> expected, List<double[]> found) {
    double largest = 0;
    double smallestCosine = 1;
    for (int text = 0; text < expected.size(); text++) {
      double[] e = expected.get(text);
      double[] f = found.get(text);
      double cosine = 0;
      for (int i = 0; i < e.length; i++) {
        double expectedUnit = e[i] / norm(e);
        double foundUnit = f[i] / norm(f);
        largest = Math.max(largest, Math.abs(expectedUnit - foundUnit));
        cosine += expectedUnit * foundUnit;
      }
      smallestCosine = Math.min(smallestCosine, cosine);
    }
    return new Deviation(largest, smallestCosine);
  }

  private static double norm(double[] vector) {
    double squares = 0;
    for (double value : vector) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "largest difference of a unit vector's component %.1e, smallest cosine %.7f",
        largest,
        smallestCosine);
  }
}
