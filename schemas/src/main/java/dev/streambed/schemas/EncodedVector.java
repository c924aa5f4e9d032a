package dev.streambed.schemas;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apiguardian.api.API;

/**
 * A vector as bytes.
 *
 * @param bytes the components; shared, not copied
 * @param scale what the bytes of {@link VectorEncoding#INT8} are multiplied with; 1 otherwise
 */
@API(status = API.Status.EXPERIMENTAL)
@SuppressWarnings("ArrayRecordComponent") // carries a vector
public record EncodedVector(VectorEncoding encoding, byte[] bytes, float scale) {
  private static final int LARGEST_BYTE = 127; // -128 is not used: as far down as up

  public EncodedVector {
    Checks.check(scale > 0 && Float.isFinite(scale), "scale", scale, "above 0");
  }

  /**
   * Encodes a vector.
   *
   * <p>{@link VectorEncoding#INT8} divides by its largest component over 127, and rounds to the
   * nearest, halves up: the scale is of this vector alone, so that none is cut off, and the cosine
   * of two vectors needs no scale. {@link VectorEncoding#BINARY} takes what is above 0 for 1, as
   * {@code quantize_embeddings} of sentence-transformers does.
   */
  public static EncodedVector of(float[] vector, VectorEncoding encoding) {
    return switch (encoding) {
      case FLOAT32, FLOAT32_BYTES, BASE64 -> new EncodedVector(encoding, littleEndian(vector), 1);
      case INT8 -> int8(vector);
      case BINARY -> new EncodedVector(encoding, bits(vector), 1);
    };
  }

  private static byte[] littleEndian(float[] vector) {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return bytes.array();
  }

  /** The {@link #scale} of a vector in {@link VectorEncoding#INT8}. */
  public static float int8Scale(float[] vector) {
    float largest = 0;
    for (float component : vector) {
      largest = Math.max(largest, Math.abs(component));
    }
    float quotient = largest / LARGEST_BYTE;
    float scale = quotient > 0 ? quotient : 1; // nothing but zeros
    if (Float.isInfinite(scale * LARGEST_BYTE)) {
      scale = Math.nextDown(scale); // of the largest float, rounded up
    }
    return scale;
  }

  private static EncodedVector int8(float[] vector) {
    float scale = int8Scale(vector);
    byte[] bytes = new byte[vector.length];
    for (int i = 0; i < vector.length; i++) {
      int nearest = Math.round(vector[i] / scale);
      bytes[i] = (byte) Math.max(-LARGEST_BYTE, Math.min(LARGEST_BYTE, nearest));
    }
    return new EncodedVector(VectorEncoding.INT8, bytes, scale);
  }

  private static byte[] bits(float[] vector) {
    byte[] bytes = new byte[(vector.length + Byte.SIZE - 1) / Byte.SIZE];
    for (int i = 0; i < vector.length; i++) {
      if (vector[i] > 0) {
        bytes[i / Byte.SIZE] |= (byte) (0x80 >> (i % Byte.SIZE));
      }
    }
    return bytes;
  }

  /**
   * The vector: as it was, or, of a lossy encoding, near it. Components of {@link
   * VectorEncoding#BINARY} are plus or minus {@code 1 / sqrt(dimensions)}, so that its norm is 1.
   *
   * @param dimensions number of components
   * @throws IllegalArgumentException if the bytes are not those of so many
   */
  public float[] vector(int dimensions) {
    int expected =
        switch (encoding) {
          case FLOAT32, FLOAT32_BYTES, BASE64 -> Math.multiplyExact(dimensions, Float.BYTES);
          case INT8 -> dimensions;
          case BINARY -> (dimensions + Byte.SIZE - 1) / Byte.SIZE;
        };
    Checks.check(bytes.length == expected, "bytes", bytes.length, expected + " of them");
    float[] vector = new float[dimensions];
    switch (encoding) {
      case FLOAT32, FLOAT32_BYTES, BASE64 ->
          ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
      case INT8 -> {
        for (int i = 0; i < dimensions; i++) {
          vector[i] = bytes[i] * scale;
        }
      }
      case BINARY -> {
        float one = (float) (1 / Math.sqrt(dimensions));
        for (int i = 0; i < dimensions; i++) {
          boolean isSet = (bytes[i / Byte.SIZE] & (0x80 >> (i % Byte.SIZE))) != 0;
          vector[i] = isSet ? one : -one;
        }
      }
    }
    return vector;
  }

  /** Leaves out the bytes. */
  @Override
  public String toString() {
    return "EncodedVector[" + encoding + ", " + bytes.length + " bytes]";
  }
}
