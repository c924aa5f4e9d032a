package dev.streambed.importer.nomic.reference;

import java.util.Arrays;

/**
 * The arithmetic of {@link ReferenceModel} that needs no weights. Matrices are [feature][token].
 */
final class ReferenceMath {
  private ReferenceMath() {}

  static void addScaled(double[] sum, double factor, double[] values) {
    for (int token = 0; token < sum.length; token++) {
      sum[token] += factor * values[token];
    }
  }

  static void addToEach(double[][] y, float[] bias) {
    for (int i = 0; i < y.length; i++) {
      for (int token = 0; token < y[i].length; token++) {
        y[i][token] += bias[i];
      }
    }
  }

  static double[][] sum(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i].clone();
      addScaled(sum[i], 1, b[i]);
    }
    return sum;
  }

  static int largest(double[] values, int except, int alsoExcept) {
    int best = -1;
    for (int i = 0; i < values.length; i++) {
      if (i != except && i != alsoExcept && (best < 0 || values[i] > values[best])) {
        best = i;
      }
    }
    return best;
  }

  static void softmax(double[] values) {
    double max = Arrays.stream(values).max().orElseThrow();
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.exp(values[i] - max);
      sum += values[i];
    }
    for (int i = 0; i < values.length; i++) {
      values[i] /= sum;
    }
  }

  static void gelu(double[][] values) {
    for (double[] feature : values) {
      for (int token = 0; token < feature.length; token++) {
        feature[token] = 0.5 * feature[token] * (1 + erf(feature[token] / Math.sqrt(2)));
      }
    }
  }

  /**
   * The error function, by the series {@code 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (1 3 5 ...
   * (2n+1))}, whose terms all have one sign; right to about 1e-15.
   */
  static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x); // 1 - erf(6) is 2e-17
    }
    double term = x;
    double sum = x;
    for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
