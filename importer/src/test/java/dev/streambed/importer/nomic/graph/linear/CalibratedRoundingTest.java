package dev.streambed.importer.nomic.graph.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CalibratedRoundingTest {
  private static final int LARGEST = 127;

  @Test
  void roundsToTheNearestWhereInputsHaveNothingInCommon() {
    var inputs = new TypicalInputs(new float[4], 1);
    byte[] rounded = new byte[4];

    new CalibratedRounding(inputs).round(new float[] {0.4f, -0.6f, 126.7f, -127}, LARGEST, rounded);

    assertThat(rounded).containsExactly(0, -1, 127, -127);
  }

  @Test
  void errorsCancelForTheMeanInput() {
    // Nearest: 0 four times, error -1.6 for an input of ones. Two of them up: +0.4.
    var inputs = new TypicalInputs(new float[] {1, 1, 1, 1}, 0.01);
    byte[] rounded = new byte[4];

    new CalibratedRounding(inputs).round(new float[] {0.4f, 0.4f, 0.4f, 0.4f}, LARGEST, rounded);

    assertThat(rounded[0] + rounded[1] + rounded[2] + rounded[3]).isEqualTo(2);
  }

  @Test
  void neverLeavesTheRange() {
    // Nearest has an error of -1.6; the first weight comes first, and 128 would lower it.
    var inputs = new TypicalInputs(new float[] {1, 1, 1, 1, 1}, 0.01);
    byte[] rounded = new byte[5];

    new CalibratedRounding(inputs)
        .round(new float[] {127, 0.4f, 0.4f, 0.4f, 0.4f}, LARGEST, rounded);

    assertThat(rounded[0]).isEqualTo((byte) 127);
  }

  @Test
  void lowersTheExpectedErrorOfManyRandomOutputs() {
    var random = new Random(138);
    int width = 768;
    float[] mean = new float[width];
    for (int i = 0; i < width; i++) {
      mean[i] = (float) random.nextGaussian();
    }
    var inputs = new TypicalInputs(mean, 0.1);
    var rounding = new CalibratedRounding(inputs);
    double nearest = 0;
    double calibrated = 0;
    for (int output = 0; output < 50; output++) {
      float[] weights = new float[width];
      byte[] plain = new byte[width];
      byte[] rounded = new byte[width];
      for (int i = 0; i < width; i++) {
        weights[i] = 20 * (float) random.nextGaussian();
        plain[i] = (byte) Math.rint(weights[i]);
      }

      rounding.round(weights, LARGEST, rounded);

      nearest += expected(inputs, weights, plain);
      calibrated += expected(inputs, weights, rounded);
      for (int i = 0; i < width; i++) {
        assertThat((double) rounded[i]).isCloseTo(weights[i], within(1.0));
      }
    }
    // Nearest: 768 / 12 x (1 + 0.1) = 70 each; the second part alone is 6.4.
    assertThat(calibrated).isLessThan(nearest / 5);
  }

  private static double expected(TypicalInputs inputs, float[] weights, byte[] rounded) {
    double common = 0;
    double squares = 0;
    for (int i = 0; i < weights.length; i++) {
      double error = rounded[i] - weights[i];
      common += inputs.mean()[i] * error;
      squares += error * error;
    }
    return common * common + inputs.variance() * squares;
  }
}
