package dev.streambed.benchmarks.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AgreementTest {
  private static final double ROUNDING = 1e-12; // a few doubles are summed

  @Test
  void ignoresTheLengthOfVectors() {
    float[][] reference = {{3, 4}, {0, 2}};
    float[][] scaled = {{6, 8}, {0, 1}};

    Agreement agreement = Agreement.of(scaled, reference);

    assertThat(agreement.minimum()).isCloseTo(1, within(ROUNDING));
    assertThat(agreement.mean()).isCloseTo(1, within(ROUNDING));
    assertThat(agreement.counts()).isTrue();
  }

  @Test
  void doesNotCountIfOneTextHasAnotherVector() {
    float[][] reference = {{1, 0}, {1, 0}};
    float[][] found = {{1, 0}, {0, 1}};

    Agreement agreement = Agreement.of(found, reference);

    assertThat(agreement.minimum()).isZero();
    assertThat(agreement.mean()).isEqualTo(0.5);
    assertThat(agreement.counts()).isFalse();
  }

  @Test
  void doesNotCountIfAVectorIsNoNumber() {
    float[][] reference = {{1, 0}};
    float[][] found = {{Float.NaN, 0}};

    assertThat(Agreement.of(found, reference).counts()).isFalse();
  }

  @Test
  void refusesAnotherNumberOfVectors() {
    assertThatThrownBy(() -> Agreement.of(new float[1][2], new float[2][2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Found 1 vectors; expected 2.");
  }
}
