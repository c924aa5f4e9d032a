package dev.streambed.benchmarks.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuantilesTest {
  @Test
  void isTheSmallestValueThatTheShareDoesNotExceed() {
    List<Double> values = new ArrayList<>();
    for (int i = 200; i >= 1; i--) {
      values.add((double) i);
    }

    assertThat(Quantiles.of(values, 0.5)).isEqualTo(100);
    assertThat(Quantiles.of(values, 0.99)).isEqualTo(198);
    assertThat(Quantiles.of(values, 1)).isEqualTo(200);
    assertThat(Quantiles.of(List.of(7.0), 0.01)).isEqualTo(7);
  }
}
