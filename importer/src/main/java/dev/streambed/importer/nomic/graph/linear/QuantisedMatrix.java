package dev.streambed.importer.nomic.graph.linear;

import java.nio.ByteBuffer;

/**
 * A weight rounded to signed 8-bit integers, -127 to 127, with a scale for each output.
 *
 * @param valuesByInput one row of output values for each input; read once
 * @param scales what the values of each output are multiples of; owned by the receiver
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record QuantisedMatrix(ByteBuffer valuesByInput, float[] scales) {
  private static final float STEPS = 127;

  static QuantisedMatrix of(Matrix weight) {
    float[] values = new float[Math.multiplyExact(weight.rows(), weight.columns())];
    weight.tensor().read((long) weight.firstRow() * weight.columns(), values);
    return switch (weight.layout()) {
      case ROW_PER_INPUT -> quantise(values, weight, weight.columns(), 1);
      case ROW_PER_OUTPUT -> quantise(values, weight, 1, weight.columns());
    };
  }

  /**
   * The weight of an input and an output lies at {@code input * inputStep + output * outputStep}.
   */
  private static QuantisedMatrix quantise(
      float[] values, Matrix weight, int inputStep, int outputStep) {
    float[] scales = new float[weight.outputs()];
    ByteBuffer quantised = ByteBuffer.allocate(values.length);
    for (int output = 0; output < scales.length; output++) {
      float largest = 0;
      for (int input = 0; input < weight.inputs(); input++) {
        largest = Math.max(largest, Math.abs(values[input * inputStep + output * outputStep]));
      }
      scales[output] = largest == 0 ? 1 : largest / STEPS;
      for (int input = 0; input < weight.inputs(); input++) {
        float value = values[input * inputStep + output * outputStep];
        quantised.put(
            input * scales.length + output, (byte) Math.rint((double) value / scales[output]));
      }
    }
    return new QuantisedMatrix(quantised, scales);
  }
}
