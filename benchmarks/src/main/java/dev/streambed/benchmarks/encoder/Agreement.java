package dev.streambed.benchmarks.encoder;

import java.util.Locale;
import org.apache.flink.annotation.Internal;

/**
 * How close vectors are to reference vectors of the same texts.
 *
 * @param minimum of the cosines
 * @param mean of the cosines
 */
@Internal
public record Agreement(double minimum, double mean) {
  // Sums in another order change a cosine by about 1e-6. A peer that takes another text for a few
  // records (langchain4j tokenises what it has joined from tokens) still does the same work; one
  // that truncates or pools otherwise falls far below.
  private static final double LEAST_MINIMUM = 0.9;
  private static final double LEAST_MEAN = 0.999;

  public static Agreement of(float[][] found, float[][] reference) {
    if (found.length != reference.length) {
      throw new IllegalArgumentException(
          "Found %d vectors; expected %d.".formatted(found.length, reference.length));
    }
    double minimum = Double.POSITIVE_INFINITY;
    double sum = 0;
    for (int i = 0; i < found.length; i++) {
      double cosine = cosine(found[i], reference[i]);
      minimum = Math.min(minimum, cosine); // NaN stays
      sum += cosine;
    }
    return new Agreement(minimum, sum / found.length);
  }

  /** Whether the same work was done, so that the times may be compared. */
  public boolean counts() {
    return minimum >= LEAST_MINIMUM && mean >= LEAST_MEAN;
  }

  public String describe() {
    return String.format(Locale.ROOT, "%.6f / %.6f", minimum, mean);
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < b.length; i++) {
      product += (double) a[i] * b[i];
      squaresA += (double) a[i] * a[i];
      squaresB += (double) b[i] * b[i];
    }
    return product / Math.sqrt(squaresA * squaresB);
  }
}
