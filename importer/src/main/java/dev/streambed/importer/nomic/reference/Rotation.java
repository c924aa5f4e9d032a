package dev.streambed.importer.nomic.reference;

import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;

/**
 * Rotary positions in double precision: lanes {@code l} and {@code l + size / 2} of a head form a
 * plane, which position p turns by {@code p * base^(-2 l / size)}. The dot product of a query
 * turned by i and a key turned by j depends on i - j alone, so only one of the two is turned, by
 * the difference.
 */
final class Rotation {
  private final int half;
  private final int keyOffset;
  private final double[][] cos; // [distance][lane]
  private final double[][] sin;

  /**
   * @param positions longest text
   */
  Rotation(CheckpointConfig config, int positions) {
    this.half = config.headSize() / 2;
    this.keyOffset = config.hiddenSize();
    this.cos = new double[positions][half];
    this.sin = new double[positions][half];
    for (int distance = 0; distance < positions; distance++) {
      for (int lane = 0; lane < half; lane++) {
        double angle = distance * Math.pow(config.rotaryBase(), -(double) lane / half);
        cos[distance][lane] = Math.cos(angle);
        sin[distance][lane] = Math.sin(angle);
      }
    }
  }

  /**
   * The dot product of a rotated query and a rotated key of one text.
   *
   * @param qkv [feature][token], the keys one hidden size below the queries
   * @param q first feature of the query's head
   * @param i token of the query
   * @param j token of the key
   */
  double dot(double[][] qkv, int q, int i, int j) {
    double[] c = cos[Math.abs(i - j)];
    double[] s = sin[Math.abs(i - j)];
    int k = q + keyOffset;
    double sign = Math.signum(i - j);
    double sum = 0;
    for (int lane = 0; lane < half; lane++) {
      double q1 = qkv[q + lane][i];
      double q2 = qkv[q + lane + half][i];
      double k1 = qkv[k + lane][j];
      double k2 = qkv[k + lane + half][j];
      sum += c[lane] * (q1 * k1 + q2 * k2) + sign * s[lane] * (q1 * k2 - q2 * k1);
    }
    return sum;
  }
}
