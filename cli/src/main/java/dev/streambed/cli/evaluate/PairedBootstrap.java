package dev.streambed.cli.evaluate;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * How sure a difference of two models over the same samples is: samples are drawn anew with
 * replacement, the same for both (Efron and Tibshirani 1993, ch. 13, percentiles).
 *
 * @param low the least value of the middle 95 % of the resamples
 * @param high the largest of these
 */
record PairedBootstrap(double low, double high) {
  static final int RESAMPLES = 1000;
  private static final long SEED = 20_26_11_29;
  private static final double TAIL = 0.025;

  /**
   * The interval.
   *
   * @param samples how many there are
   * @param difference of some samples, by their numbers, which may repeat
   */
  static PairedBootstrap of(int samples, ToDoubleFunction<int[]> difference) {
    var random = new Random(SEED);
    double[] differences = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      differences[i] = difference.applyAsDouble(random.ints(samples, 0, samples).toArray());
    }
    Arrays.sort(differences);
    int tail = (int) (TAIL * RESAMPLES);
    return new PairedBootstrap(differences[tail], differences[RESAMPLES - 1 - tail]);
  }
}
