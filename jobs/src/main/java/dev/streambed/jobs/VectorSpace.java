package dev.streambed.jobs;

import dev.streambed.embedder.model.ModelDescription;
import java.io.Serializable;
import java.util.Locale;

/**
 * The space of a vector: two vectors compare if and only if their spaces are equal. The prompt is
 * not part of it, since a query and a passage are made to compare; nor is the precision.
 *
 * @param model name of the model
 * @param sourceDigest sha-256 of the weights that the model was imported from, lower-case hex
 * @param pooling how the vectors of tokens become one
 * @param dimensions length of the vectors
 */
record VectorSpace(String model, String sourceDigest, String pooling, int dimensions)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Enough of a digest to tell two apart. */
  private static final int SHOWN_DIGITS = 12;

  /** The space of a model's vectors; 0 dimensions are all that it has. */
  static VectorSpace of(ModelDescription model, int dimensions) {
    return new VectorSpace(
        model.name(),
        model.sourceDigest(),
        model.pooling().name().toLowerCase(Locale.ROOT),
        dimensions == 0 ? model.dimensions().maximum() : dimensions);
  }

  /** For messages. */
  @Override
  public String toString() {
    return "%s@%s with pooling %s and %d dimensions"
        .formatted(
            model,
            sourceDigest.substring(0, Math.min(SHOWN_DIGITS, sourceDigest.length())),
            pooling,
            dimensions);
  }
}
