package dev.streambed.sql.function;

import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.VectorEncoding;
import java.util.Base64;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.functions.ScalarFunction;
import org.jspecify.annotations.Nullable;

/** Functions that write vectors as {@link EncodedVector} does. */
@Internal
public final class VectorWriters {
  private VectorWriters() {}

  /** The vector as {@link VectorEncoding#FLOAT32_BYTES}. */
  @Internal
  public static final class ToBytes extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public byte @Nullable [] eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData array) {
      return of(Vectors.read(array));
    }

    /** For bytes. */
    public byte @Nullable [] eval(byte @Nullable [] bytes) {
      return of(Vectors.read(bytes));
    }

    private static byte @Nullable [] of(float @Nullable [] vector) {
      return vector == null ? null : Vectors.bytes(vector);
    }
  }

  /** These bytes in base64. */
  @Internal
  public static final class ToBase64 extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public @Nullable String eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData array) {
      return of(Vectors.read(array));
    }

    /** For bytes. */
    public @Nullable String eval(byte @Nullable [] bytes) {
      return of(Vectors.read(bytes));
    }

    private static @Nullable String of(float @Nullable [] vector) {
      return vector == null ? null : Base64.getEncoder().encodeToString(Vectors.bytes(vector));
    }
  }

  /** The vector as {@link VectorEncoding#INT8}, without its scale. */
  @Internal
  public static final class ToInt8 extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public byte @Nullable [] eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData array) {
      return of(Vectors.read(array));
    }

    /** For bytes. */
    public byte @Nullable [] eval(byte @Nullable [] bytes) {
      return of(Vectors.read(bytes));
    }

    private static byte @Nullable [] of(float @Nullable [] vector) {
      return vector == null ? null : EncodedVector.of(vector, VectorEncoding.INT8).bytes();
    }
  }

  /** The scale of the vector in {@link VectorEncoding#INT8}. */
  @Internal
  public static final class Int8Scale extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public @Nullable Float eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData array) {
      return of(Vectors.read(array));
    }

    /** For bytes. */
    public @Nullable Float eval(byte @Nullable [] bytes) {
      return of(Vectors.read(bytes));
    }

    private static @Nullable Float of(float @Nullable [] vector) {
      return vector == null ? null : Float.valueOf(EncodedVector.int8Scale(vector));
    }
  }

  /** The vector as {@link VectorEncoding#BINARY}. */
  @Internal
  public static final class ToBinary extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public byte @Nullable [] eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData array) {
      return of(Vectors.read(array));
    }

    /** For bytes. */
    public byte @Nullable [] eval(byte @Nullable [] bytes) {
      return of(Vectors.read(bytes));
    }

    private static byte @Nullable [] of(float @Nullable [] vector) {
      return vector == null ? null : EncodedVector.of(vector, VectorEncoding.BINARY).bytes();
    }
  }
}
