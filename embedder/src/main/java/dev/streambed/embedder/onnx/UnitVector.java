package dev.streambed.embedder.onnx;

import dev.streambed.embedder.InferenceException;
import java.nio.FloatBuffer;

/** Makes vectors of norm 1 from a graph's results. */
final class UnitVector {
  private UnitVector() {}

  /**
   * The first {@code dimensions} components, scaled to norm 1: truncated first, normalised then, as
   * sentence-transformers and text-embeddings-inference do for Matryoshka models.
   */
  static float[] of(FloatBuffer pooled, int start, int dimensions) {
    double squares = 0;
    for (int i = start; i < start + dimensions; i++) {
      double component = pooled.get(i);
      squares += component * component;
    }
    double norm = Math.sqrt(squares);
    if (!(norm > 0) || norm > Float.MAX_VALUE) { // also true of NaN
      throw new InferenceException("The graph returned a vector of norm %s.".formatted(norm));
    }
    float[] vector = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      vector[i] = (float) (pooled.get(start + i) / norm);
    }
    return vector;
  }
}
