package dev.streambed.importer.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The weights of a dense layer as its publisher stores them. */
final class DenseFile {
  private DenseFile() {}

  static byte[] safetensors(float[] weights, float[] bias) {
    int weightBytes = weights.length * Float.BYTES;
    int allBytes = weightBytes + bias.length * Float.BYTES;
    byte[] header =
        """
        {"linear.weight":{"dtype":"F32","shape":[%d,%d],"data_offsets":[0,%d]},
         "linear.bias":{"dtype":"F32","shape":[%d],"data_offsets":[%d,%d]}}"""
            .formatted(
                bias.length,
                weights.length / bias.length,
                weightBytes,
                bias.length,
                weightBytes,
                allBytes)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + header.length + allBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header);
    for (float weight : weights) {
      bytes.putFloat(weight);
    }
    for (float value : bias) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
