package dev.streambed.embedder.onnx;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDescription;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Makes vectors of norm 1, of one or several lengths, from a graph's results; or leaves these as
 * they are.
 */
final class UnitVectors {
  private final int[] lengths;
  private final OptionalInt unknownToken;
  private final boolean scaled;

  /**
   * Vectors of a model.
   *
   * @param unknownToken id of the token that stands for what the vocabulary does not have
   */
  UnitVectors(ModelDescription model, EmbedderOptions options, OptionalInt unknownToken) {
    this.unknownToken = unknownToken;
    this.lengths = spaces(model, options).stream().mapToInt(VectorSpace::dimensions).toArray();
    this.scaled = true;
  }

  private UnitVectors(int hiddenSize, OptionalInt unknownToken) {
    this.unknownToken = unknownToken;
    this.lengths = new int[] {hiddenSize};
    this.scaled = false;
  }

  /** Leaves the results of a model as they are. */
  static UnitVectors pooled(ModelDescription model, OptionalInt unknownToken) {
    return new UnitVectors(model.hiddenSize(), unknownToken);
  }

  /** The spaces of a text's vectors, in the order of the options' dimensions. */
  static List<VectorSpace> spaces(ModelDescription model, EmbedderOptions options) {
    return options.dimensions().stream().map(model::space).toList();
  }

  /**
   * Checks the lengths against a model.
   *
   * @throws InvalidModelException if it has no vectors of one of them, or two are equal
   */
  static void check(ModelDescription model, EmbedderOptions options) {
    for (int length : options.dimensions()) {
      if (length != 0 && !model.dimensions().contains(length)) {
        throw new InvalidModelException(
            "Model %s has no vectors of %d dimensions; it has %s."
                .formatted(model.name(), length, model.dimensions()));
      }
    }
    List<VectorSpace> spaces = spaces(model, options);
    if (Set.copyOf(spaces).size() < spaces.size()) {
      throw new InvalidModelException(
          "The dimensions %s name one length twice: 0 stands for the %d of model %s."
              .formatted(options.dimensions(), model.dimensions().maximum(), model.name()));
    }
  }

  /** The length of a text's first vector. */
  int first() {
    return lengths[0];
  }

  /** The embedding of a text, its vectors cut from the pooled one that begins at {@code start}. */
  Embedding embedding(FloatBuffer pooled, int start, TokenIds tokens) {
    List<float[]> others = List.of();
    if (lengths.length > 1) {
      others = new ArrayList<>(lengths.length - 1);
      for (int i = 1; i < lengths.length; i++) {
        others.add(vector(pooled, start, lengths[i]));
      }
    }
    float[] vector = vector(pooled, start, first()); // throws if there is none
    if (!scaled) {
      pooled.get(start, vector);
    }
    return new Embedding(
        vector, others, tokens.length(), tokens.truncated(), unknownTokens(tokens));
  }

  private int unknownTokens(TokenIds tokens) {
    if (unknownToken.isEmpty()) {
      return 0;
    }
    int count = 0;
    for (long id : tokens.ids()) {
      if (id == unknownToken.getAsInt()) {
        count++;
      }
    }
    return count;
  }

  /**
   * The first {@code length} components, scaled to norm 1: truncated first, normalised then, as
   * sentence-transformers and text-embeddings-inference do for Matryoshka models.
   */
  static float[] vector(FloatBuffer pooled, int start, int length) {
    double squares = 0;
    for (int i = start; i < start + length; i++) {
      double component = pooled.get(i);
      squares += component * component;
    }
    double norm = Math.sqrt(squares);
    if (!(norm > 0) || norm > Float.MAX_VALUE) { // also true of NaN
      throw new InferenceException("The graph returned a vector of norm %s.".formatted(norm));
    }
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) (pooled.get(start + i) / norm);
    }
    return vector;
  }
}
