package dev.streambed.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairedBootstrapTest {
  /** The mean of n numbers of deviation s has 95 % of its values within 1.96 s / sqrt(n). */
  @Test
  void hasTheIntervalOfAMean() {
    double[] values = new Random(3).doubles(2000, -1, 1).toArray();

    PairedBootstrap interval =
        PairedBootstrap.of(
            values.length,
            sample -> IntStream.of(sample).mapToDouble(i -> values[i]).average().orElseThrow());

    double half = 1.96 * Math.sqrt(1 / 3.0) / Math.sqrt(values.length);
    assertThat(interval.high() - interval.low()).isCloseTo(2 * half, within(0.2 * half));
    assertThat(interval.low()).isLessThan(interval.high());
  }

  @Test
  void drawsTheSameEachTime() {
    assertThat(PairedBootstrap.of(9, sample -> sample[0] + 2.0 * sample[8]))
        .isEqualTo(PairedBootstrap.of(9, sample -> sample[0] + 2.0 * sample[8]));
  }
}
