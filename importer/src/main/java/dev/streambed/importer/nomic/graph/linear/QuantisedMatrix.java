package dev.streambed.importer.nomic.graph.linear;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A weight rounded to signed 8-bit integers, -127 to 127, with a scale for each output.
 *
 * @param valuesByInput one row of output values for each input; read once
 * @param scales what the values of each output are multiples of; owned by the receiver
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record QuantisedMatrix(ByteBuffer valuesByInput, float[] scales) {
  private static final int STEPS = 127;

  /**
   * Rounds a weight.
   *
   * @param inputs what it is multiplied with, for its errors to cancel; null for nearest rounding
   */
  static QuantisedMatrix of(Matrix weight, @Nullable TypicalInputs inputs) {
    float[] values = new float[Math.multiplyExact(weight.rows(), weight.columns())];
    weight.tensor().read((long) weight.firstRow() * weight.columns(), values);
    return switch (weight.layout()) {
      case ROW_PER_INPUT -> quantise(values, weight, weight.columns(), 1, inputs);
      case ROW_PER_OUTPUT -> quantise(values, weight, 1, weight.columns(), inputs);
    };
  }

  /**
   * The weight of an input and an output lies at {@code input * inputStep + output * outputStep}.
   */
  private static QuantisedMatrix quantise(
      float[] values,
      Matrix weight,
      int inputStep,
      int outputStep,
      @Nullable TypicalInputs inputs) {
    var none = new TypicalInputs(new float[weight.inputs()], 1);
    var rounding = new CalibratedRounding(inputs == null ? none : inputs);
    float[] scales = new float[weight.outputs()];
    ByteBuffer quantised = ByteBuffer.allocate(values.length);
    float[] steps = new float[weight.inputs()];
    byte[] rounded = new byte[weight.inputs()];
    for (int output = 0; output < scales.length; output++) {
      float largest = 0;
      for (int input = 0; input < weight.inputs(); input++) {
        steps[input] = values[input * inputStep + output * outputStep];
        largest = Math.max(largest, Math.abs(steps[input]));
      }
      scales[output] = largest == 0 ? 1 : largest / STEPS;
      for (int input = 0; input < weight.inputs(); input++) {
        steps[input] /= scales[output];
      }
      rounding.round(steps, STEPS, rounded);
      for (int input = 0; input < weight.inputs(); input++) {
        quantised.put(input * scales.length + output, rounded[input]);
      }
    }
    return new QuantisedMatrix(quantised, scales);
  }
}
