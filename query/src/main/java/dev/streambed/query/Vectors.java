package dev.streambed.query;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.VectorEncoding;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Base64;

/** Vectors as they stand in a document. All throw IllegalArgumentException at what is none. */
final class Vectors {
  private Vectors() {}

  /** The components of an array of numbers. */
  static float[] numbers(JsonNode array) {
    float[] numbers = new float[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      JsonNode number = array.get(i);
      if (!number.isNumber()) {
        throw new IllegalArgumentException("A component is no number.");
      }
      // Directly from its digits: through double, it could be rounded twice.
      numbers[i] =
          number.isBigDecimal() ? floatOf(number.decimalValue()) : (float) number.asDouble();
    }
    return numbers;
  }

  private static float floatOf(BigDecimal digits) {
    return Float.parseFloat(digits.toString());
  }

  /** The bytes of base64, of an array of signed bytes, or of a field that has bytes. */
  static byte[] bytes(JsonNode value) {
    if (value.isBinary()) {
      try {
        return value.binaryValue();
      } catch (IOException e) {
        throw new IllegalArgumentException("Bytes cannot be read.", e);
      }
    }
    if (value.isTextual()) {
      return Base64.getDecoder().decode(value.asText());
    }
    byte[] bytes = new byte[value.size()];
    for (int i = 0; i < bytes.length; i++) {
      JsonNode each = value.get(i);
      if (!each.isIntegralNumber() || each.asLong() != (byte) each.asLong()) {
        throw new IllegalArgumentException("A component is no signed byte.");
      }
      bytes[i] = (byte) each.asLong();
    }
    return bytes;
  }

  static float[] decode(VectorEncoding encoding, byte[] bytes, float scale, int dimensions) {
    return new EncodedVector(encoding, bytes, scale).vector(dimensions);
  }
}
