package dev.streambed.sql.function;

import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.VectorEncoding;
import java.util.Base64;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.api.TableRuntimeException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.functions.ScalarFunction;
import org.jspecify.annotations.Nullable;

/** Functions that read what {@link VectorWriters} write; NULL of NULL. */
@Internal
public final class VectorReaders {
  private VectorReaders() {}

  private static float[] vector(EncodedVector encoded, int dimensions) {
    try {
      return encoded.vector(dimensions);
    } catch (IllegalArgumentException e) { // no cause: Flink's client shows the innermost alone
      throw new TableRuntimeException(
          "Cannot read %d bytes of %s as a vector of %d components."
              .formatted(encoded.bytes().length, encoded.encoding(), dimensions));
    }
  }

  /** Reads {@link VectorEncoding#FLOAT32_BYTES}. */
  @Internal
  public static final class FromBytes extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** The vector. */
    @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
    public @Nullable ArrayData eval(byte @Nullable [] bytes) {
      return Vectors.array(Vectors.read(bytes));
    }
  }

  /** Reads these bytes in base64. */
  @Internal
  public static final class FromBase64 extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** The vector. */
    @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
    public @Nullable ArrayData eval(@Nullable String base64) {
      if (base64 == null) {
        return null;
      }
      byte[] bytes;
      try {
        bytes = Base64.getDecoder().decode(base64);
      } catch (IllegalArgumentException e) {
        throw new TableRuntimeException(
            "Cannot read %d characters as a vector: found something else than base64."
                .formatted(base64.length()));
      }
      return Vectors.array(Vectors.read(bytes));
    }
  }

  /** Reads {@link VectorEncoding#INT8}, with its scale. */
  @Internal
  public static final class FromInt8 extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** The vector, near to the one that was written. */
    @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
    public @Nullable ArrayData eval(byte @Nullable [] bytes, @Nullable Float scale) {
      if (bytes == null || scale == null) {
        return null;
      }
      Vectors.require(
          scale > 0 && Float.isFinite(scale),
          "Cannot read a vector of int8 with the scale %s: must be above 0.",
          scale);
      return Vectors.array(
          vector(new EncodedVector(VectorEncoding.INT8, bytes, scale), bytes.length));
    }
  }

  /** Reads {@link VectorEncoding#BINARY}, with the number of its components. */
  @Internal
  public static final class FromBinary extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** A vector of norm 1, each component of one size. */
    @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
    public @Nullable ArrayData eval(byte @Nullable [] bytes, @Nullable Integer dimensions) {
      if (bytes == null || dimensions == null) {
        return null;
      }
      Vectors.require(
          dimensions >= 1,
          "Cannot read a vector of %d components: must be at least 1.",
          dimensions);
      return Vectors.array(
          vector(new EncodedVector(VectorEncoding.BINARY, bytes, /* scale= */ 1), dimensions));
    }
  }
}
