package dev.streambed.sql.function;

import org.apache.flink.annotation.Internal;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.functions.ScalarFunction;
import org.jspecify.annotations.Nullable;

/** Functions that make a vector of norm 1 of another, of the type that the other has. */
@Internal
public final class UnitVectors {
  private UnitVectors() {}

  /** The vector, scaled to norm 1; NULL if it has no direction. */
  @Internal
  public static final class L2Normalize extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
    public @Nullable ArrayData eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData array) {
      return Vectors.array(of(Vectors.read(array)));
    }

    /** For bytes. */
    public byte @Nullable [] eval(byte @Nullable [] bytes) {
      return Vectors.bytes(of(Vectors.read(bytes)));
    }

    private static float @Nullable [] of(float @Nullable [] vector) {
      return vector == null ? null : Vectors.unit(vector, vector.length);
    }
  }

  /** The first components, scaled to norm 1: shorter vectors of a model that allows it. */
  @Internal
  public static final class TruncateDimensions extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
    public @Nullable ArrayData eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData array,
        @Nullable Integer dimensions) {
      return Vectors.array(of(Vectors.read(array), dimensions));
    }

    /** For bytes. */
    public byte @Nullable [] eval(byte @Nullable [] bytes, @Nullable Integer dimensions) {
      return Vectors.bytes(of(Vectors.read(bytes), dimensions));
    }

    private static float @Nullable [] of(float @Nullable [] vector, @Nullable Integer dimensions) {
      if (vector == null || dimensions == null) {
        return null;
      }
      Vectors.require(
          dimensions >= 1 && dimensions <= vector.length,
          "Cannot truncate a vector of %d components to %d: must be between 1 and its length.",
          vector.length,
          dimensions);
      return Vectors.unit(vector, dimensions);
    }
  }
}
