package dev.streambed.sql.function;

import com.google.errorprone.annotations.FormatMethod;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.VectorEncoding;
import org.apache.flink.table.api.TableRuntimeException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.jspecify.annotations.Nullable;

/**
 * Vectors as SQL has them. NULL, and an array with a NULL in it, are no vector. Messages have
 * lengths, never components.
 */
final class Vectors {
  private Vectors() {}

  /** The vector of an array; null if there is none. */
  static float @Nullable [] read(@Nullable ArrayData array) {
    if (array == null) {
      return null;
    }
    float[] vector = new float[array.size()];
    for (int i = 0; i < vector.length; i++) {
      if (array.isNullAt(i)) {
        return null;
      }
      vector[i] = array.getFloat(i);
    }
    return vector;
  }

  /**
   * The vector of bytes as {@link VectorEncoding#FLOAT32_BYTES} has them; null if there is none.
   *
   * @throws TableRuntimeException if their number is none of such a vector
   */
  static float @Nullable [] read(byte @Nullable [] bytes) {
    if (bytes == null) {
      return null;
    }
    require(
        bytes.length % Float.BYTES == 0,
        "Cannot read %d bytes as a vector of 32-bit floats: expected four bytes for each component.",
        bytes.length);
    return new EncodedVector(VectorEncoding.FLOAT32_BYTES, bytes, /* scale= */ 1)
        .vector(bytes.length / Float.BYTES);
  }

  static @Nullable ArrayData array(float @Nullable [] vector) {
    return vector == null ? null : new GenericArrayData(vector);
  }

  static byte @Nullable [] bytes(float @Nullable [] vector) {
    return vector == null ? null : EncodedVector.of(vector, VectorEncoding.FLOAT32_BYTES).bytes();
  }

  static void requireSameLength(float[] one, float[] other) {
    require(
        one.length == other.length,
        "Cannot compare a vector of %d components with one of %d: embed both with one model, and cut them to one length.",
        one.length,
        other.length);
  }

  @FormatMethod
  static void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new TableRuntimeException(message.formatted(arguments));
    }
  }

  static double dot(float[] one, float[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += (double) one[i] * other[i];
    }
    return sum;
  }

  /**
   * The first components, scaled to norm 1; null if their norm is 0, or not finite: such a vector
   * has no direction.
   */
  static float @Nullable [] unit(float[] vector, int length) {
    double squares = 0;
    for (int i = 0; i < length; i++) {
      squares += (double) vector[i] * vector[i];
    }
    double norm = Math.sqrt(squares);
    if (!(norm > 0) || Double.isInfinite(norm)) { // also true of NaN
      return null;
    }
    float[] unit = new float[length];
    for (int i = 0; i < length; i++) {
      unit[i] = (float) (vector[i] / norm);
    }
    return unit;
  }
}
