package dev.streambed.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.cli.inspect.DeviceCheck.Difference;
import org.junit.jupiter.api.Test;

class DeviceCheckTest {
  @Test
  void tellsHowFarVectorsAreApart() {
    Difference difference = new Difference();
    difference.add(new float[] {1, 0}, new float[] {1, 0}); // cosine 1
    difference.add(new float[] {0.6f, 0.8f}, new float[] {0.8f, 0.6f}); // 0.48 + 0.48

    assertThat(difference.leastCosine()).isCloseTo(0.96, within(1e-6));
    assertThat(difference)
        .hasToString(
            "against the CPU's: cosine at least 0.960000, 0.980000 on average; components differ by at most 2.0e-01 (2 texts)");
  }

  @Test
  void aVectorThatIsNoNumberIsNotEqual() {
    Difference difference = new Difference();
    difference.add(new float[] {Float.NaN, 0}, new float[] {1, 0});
    difference.add(new float[] {1, 0}, new float[] {1, 0});

    assertThat(difference.leastCosine()).isNaN();
  }
}
