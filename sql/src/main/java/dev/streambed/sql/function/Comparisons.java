package dev.streambed.sql.function;

import org.apache.flink.annotation.Internal;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.functions.ScalarFunction;
import org.jspecify.annotations.Nullable;

/** Functions of two vectors of one length; NULL if one of them is. */
@Internal
public final class Comparisons {
  private Comparisons() {}

  /** The cosine of the angle between two vectors; NULL if one of them has no direction. */
  @Internal
  public static final class CosineSimilarity extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public @Nullable Double eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class) @Nullable ArrayData one,
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData other) {
      return of(Vectors.read(one), Vectors.read(other));
    }

    /** For bytes. */
    public @Nullable Double eval(byte @Nullable [] one, byte @Nullable [] other) {
      return of(Vectors.read(one), Vectors.read(other));
    }

    private static @Nullable Double of(float @Nullable [] one, float @Nullable [] other) {
      if (one == null || other == null) {
        return null;
      }
      Vectors.requireSameLength(one, other);
      double norms = Math.sqrt(Vectors.dot(one, one)) * Math.sqrt(Vectors.dot(other, other));
      return norms > 0 ? Vectors.dot(one, other) / norms : null;
    }
  }

  /** The sum of the products of their components; the cosine, if both have norm 1. */
  @Internal
  public static final class DotProduct extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public @Nullable Double eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class) @Nullable ArrayData one,
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData other) {
      return of(Vectors.read(one), Vectors.read(other));
    }

    /** For bytes. */
    public @Nullable Double eval(byte @Nullable [] one, byte @Nullable [] other) {
      return of(Vectors.read(one), Vectors.read(other));
    }

    private static @Nullable Double of(float @Nullable [] one, float @Nullable [] other) {
      if (one == null || other == null) {
        return null;
      }
      Vectors.requireSameLength(one, other);
      return Vectors.dot(one, other);
    }
  }

  /** The Euclidean distance of two vectors. */
  @Internal
  public static final class L2Distance extends ScalarFunction {
    private static final long serialVersionUID = 1L;

    /** For arrays. */
    public @Nullable Double eval(
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class) @Nullable ArrayData one,
        @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
            @Nullable ArrayData other) {
      return of(Vectors.read(one), Vectors.read(other));
    }

    /** For bytes. */
    public @Nullable Double eval(byte @Nullable [] one, byte @Nullable [] other) {
      return of(Vectors.read(one), Vectors.read(other));
    }

    private static @Nullable Double of(float @Nullable [] one, float @Nullable [] other) {
      if (one == null || other == null) {
        return null;
      }
      Vectors.requireSameLength(one, other);
      double squares = 0;
      for (int i = 0; i < one.length; i++) {
        double difference = (double) one[i] - other[i];
        squares += difference * difference;
      }
      return Math.sqrt(squares);
    }
  }
}
