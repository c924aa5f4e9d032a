package dev.streambed.schemas.json;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.VectorEncoding;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A vector as it stands in a document, before its encoding is known: the encoding may follow it.
 *
 * @param numbers of its array; empty if it is a string
 * @param bytes of its string, which is base64
 */
@SuppressWarnings("ArrayRecordComponent") // carries a vector
record VectorJson(String property, float[] numbers, byte @Nullable [] bytes) {
  private static final String WHAT = "embedding record";

  /** Reads the string or the array at the current token. */
  static VectorJson read(StrictJson json, String property) throws IOException {
    if (json.isString()) {
      return new VectorJson(property, new float[0], json.readOptionalBytes(property));
    }
    List<Float> components = new ArrayList<>();
    json.readArray(property, element -> components.add(element.readFloat(property)));
    float[] numbers = new float[components.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = components.get(i);
    }
    return new VectorJson(property, numbers, null);
  }

  /**
   * The vector.
   *
   * @param scale of {@link VectorEncoding#INT8}; null if the document has none
   * @throws dev.streambed.schemas.MalformedRecordException if this is no vector of that encoding
   */
  float[] decode(VectorEncoding encoding, @Nullable Float scale, int dimensions) {
    if (encoding == VectorEncoding.FLOAT32_BYTES
        || (bytes != null) != (encoding == VectorEncoding.BASE64)) {
      throw malformed(WHAT, Reason.WRONG_TYPE, property + " is no vector in " + encoding);
    }
    if ((scale != null) != (encoding == VectorEncoding.INT8)) {
      throw malformed(
          WHAT,
          scale == null ? Reason.MISSING_PROPERTY : Reason.UNKNOWN_PROPERTY,
          "the scale of %s %s, and its encoding is %s"
              .formatted(property, scale == null ? "is missing" : "is there", encoding));
    }
    if (encoding == VectorEncoding.FLOAT32) {
      checkLength(numbers.length, dimensions);
      return numbers;
    }
    byte[] encoded = bytes == null ? signed() : bytes;
    try {
      return new EncodedVector(encoding, encoded, scale == null ? 1 : scale).vector(dimensions);
    } catch (IllegalArgumentException e) {
      throw malformed(
          WHAT,
          Reason.INVALID_VALUE,
          "dimensions is %d but %s has %d bytes in %s"
              .formatted(dimensions, property, encoded.length, encoding));
    }
  }

  private void checkLength(int found, int dimensions) {
    if (found != dimensions) {
      throw malformed(
          WHAT,
          Reason.INVALID_VALUE,
          "dimensions is %d but %s has %d components".formatted(dimensions, property, found));
    }
  }

  private byte[] signed() {
    byte[] signed = new byte[numbers.length];
    for (int i = 0; i < signed.length; i++) {
      signed[i] = (byte) numbers[i];
      if (signed[i] != numbers[i]) {
        throw malformed(
            WHAT, Reason.INVALID_VALUE, property + " has a component that is no signed byte");
      }
    }
    return signed;
  }
}
