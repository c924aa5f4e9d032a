package dev.streambed.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CorrelationTest {
  @Test
  void givesEqualNumbersTheMeanOfTheirRanks() {
    assertThat(Correlation.ranks(new double[] {30, 10, 20, 20, 5}))
        .containsExactly(5, 2, 3.5, 3.5, 1);
  }

  /** By hand: ranks 1 2.5 2.5 4 and 1 2 3 4; covariance 4.5, variances 4.5 and 5. */
  @Test
  void spearmanIsPearsonOfTheRanks() {
    double[] first = {0.1, 0.4, 0.4, 0.9};
    double[] second = {1, 2, 3, 100};

    assertThat(Correlation.spearman(first, second))
        .isCloseTo(4.5 / Math.sqrt(4.5 * 5), within(1e-12));
    assertThat(Correlation.spearman(second, new double[] {9, 5, 4, 3})).isEqualTo(-1);
  }

  /** By hand: deviations -1 0 1 and -2 1 1; products 3, squares 2 and 6. */
  @Test
  void pearsonIsOfTheNumbers() {
    assertThat(Correlation.pearson(new double[] {1, 2, 3}, new double[] {0, 3, 3}))
        .isCloseTo(3 / Math.sqrt(12), within(1e-12));
  }

  @Test
  void isNoneWithNumbersThatAreAllEqual() {
    assertThat(Correlation.spearman(new double[] {1, 1}, new double[] {1, 2})).isZero();
  }
}
