package dev.streambed.importer.onnx;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.importer.published.Finding;
import dev.streambed.importer.published.PublishedModel;
import dev.streambed.importer.published.SentenceLayer;
import dev.streambed.importer.published.SentenceLayer.Dense;
import java.util.List;
import java.util.Optional;

/** The way from the vectors of a text's tokens to the vector of the text. */
record PoolingPlan(Pooling pooling, List<SentenceLayer> layers) {
  PoolingPlan {
    layers = List.copyOf(layers);
  }

  /**
   * Length of the resulting vectors, if each layer fits the one before it.
   *
   * @param tokenDimensions length of a token's vector
   * @throws InvalidModelException if the files beside the model are of another model
   */
  int checkedDimensions(int tokenDimensions, PublishedModel published) {
    Optional<Finding<Integer>> stated = published.modules().tokenDimensions();
    stated.ifPresent(it -> checkLength(it.file(), it.value(), tokenDimensions));
    int dimensions = tokenDimensions;
    for (SentenceLayer layer : layers) {
      if (layer instanceof Dense dense) {
        checkLength(dense.file(), dense.in(), dimensions);
        dimensions = dense.out();
      }
    }
    return dimensions;
  }

  private static void checkLength(String file, int expected, int found) {
    if (expected != found) {
      throw new InvalidModelException(
          "%s is about vectors of %d components; those of the model have %d. They do not belong together."
              .formatted(file, expected, found));
    }
  }
}
