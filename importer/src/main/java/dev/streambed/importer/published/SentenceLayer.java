package dev.streambed.importer.published;

import java.util.Locale;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** A step that follows pooling: one vector of a text in, one out. */
@API(status = API.Status.INTERNAL)
public sealed interface SentenceLayer {
  /** The file that says so. */
  String file();

  /** Length of the resulting vectors. */
  int dimensionsOut();

  /** In a line, for people. */
  String describe();

  /**
   * A linear layer with a function behind it.
   *
   * @param weights out x in, row by row; shared
   * @param bias of length out; null for none
   */
  @SuppressWarnings("ArrayRecordComponent") // weights, never compared
  record Dense(
      String file, int in, int out, float[] weights, float @Nullable [] bias, Function function)
      implements SentenceLayer {
    @Override
    public int dimensionsOut() {
      return out;
    }

    @Override
    public String describe() {
      return "dense layer %d -> %d, %s"
          .formatted(in, out, function.name().toLowerCase(Locale.ROOT));
    }
  }

  /** Scales a vector to norm 1. */
  record Normalise(String file, int dimensionsOut) implements SentenceLayer {
    @Override
    public String describe() {
      return "vectors scaled to norm 1";
    }
  }

  /** The function that a dense layer applies to each component. */
  enum Function {
    IDENTITY,
    TANH
  }
}
