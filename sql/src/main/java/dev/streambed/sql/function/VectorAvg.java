package dev.streambed.sql.function;

import java.util.Arrays;
import org.apache.flink.annotation.Internal;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.functions.AggregateFunction;
import org.jspecify.annotations.Nullable;

/**
 * The mean of vectors of one length; NULL if there are none. It has norm 1 only by chance:
 * L2_NORMALIZE makes it so.
 *
 * <p>Sums have 64 bits, so that the order of the rows can change no more than the last of the 24
 * bits of a component, and hardly ever does.
 */
@Internal
@FunctionHint(output = @DataTypeHint("ARRAY<FLOAT>"))
public final class VectorAvg extends AggregateFunction<Float[], VectorAvg.Sums> {
  private static final long serialVersionUID = 1L;

  /** The sums of each component; Flink keeps them in its state. */
  @Internal
  public static final class Sums {
    public long count;
    public double[] sums = new double[0];

    private void add(float @Nullable [] vector, int sign) {
      if (vector == null) {
        return;
      }
      fit(vector.length);
      count += sign;
      for (int i = 0; i < vector.length; i++) {
        sums[i] += (double) sign * vector[i];
      }
    }

    private void add(Sums other) {
      if (other.sums.length == 0) {
        return;
      }
      fit(other.sums.length);
      count += other.count;
      for (int i = 0; i < sums.length; i++) {
        sums[i] += other.sums[i];
      }
    }

    private void fit(int length) {
      if (sums.length == 0) {
        sums = new double[length];
      }
      Vectors.require(
          sums.length == length,
          "Cannot take the mean of vectors of %d and of %d components: embed all with one model, and cut them to one length.",
          sums.length,
          length);
    }

    private void clear() {
      count = 0;
      sums = new double[0];
    }
  }

  @Override
  public Sums createAccumulator() {
    return new Sums();
  }

  /** For arrays. */
  public void accumulate(
      Sums sums,
      @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
          @Nullable ArrayData array) {
    sums.add(Vectors.read(array), 1);
  }

  /** For bytes. */
  public void accumulate(Sums sums, byte @Nullable [] bytes) {
    sums.add(Vectors.read(bytes), 1);
  }

  /** For arrays. */
  public void retract(
      Sums sums,
      @DataTypeHint(value = "ARRAY<FLOAT>", bridgedTo = ArrayData.class)
          @Nullable ArrayData array) {
    sums.add(Vectors.read(array), -1);
  }

  /** For bytes. */
  public void retract(Sums sums, byte @Nullable [] bytes) {
    sums.add(Vectors.read(bytes), -1);
  }

  /** Adds what other tasks and windows have. */
  public void merge(Sums sums, Iterable<Sums> others) {
    for (Sums other : others) {
      sums.add(other);
    }
  }

  /** Begins anew. */
  public void resetAccumulator(Sums sums) {
    sums.clear();
  }

  @Override
  @SuppressWarnings("NullAway") // NULL in SQL; Flink's class does not say so
  public Float[] getValue(Sums sums) {
    if (sums.count <= 0) {
      return null;
    }
    Float[] mean = new Float[sums.sums.length];
    Arrays.setAll(mean, i -> (float) (sums.sums[i] / sums.count));
    return mean;
  }
}
