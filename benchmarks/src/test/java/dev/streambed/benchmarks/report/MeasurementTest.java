package dev.streambed.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeasurementTest {
  @Test
  void medianOfAnOddNumberIsTheMiddleValue() {
    Measurement measurement = Measurement.of("m", List.of(9.0, 1.0, 5.0));

    assertThat(measurement.median()).isEqualTo(5);
    assertThat(measurement.minimum()).isEqualTo(1);
    assertThat(measurement.maximum()).isEqualTo(9);
  }

  @Test
  void medianOfAnEvenNumberIsTheMeanOfTheTwoMiddleValues() {
    Measurement measurement = Measurement.of("m", List.of(8.0, 1.0, 5.0, 2.0));

    assertThat(measurement.median()).isEqualTo(3.5); // (2 + 5) / 2
  }

  @Test
  void refusesToBeEmpty() {
    assertThatThrownBy(() -> Measurement.of("speed", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Measurement 'speed' has no values.");
  }
}
