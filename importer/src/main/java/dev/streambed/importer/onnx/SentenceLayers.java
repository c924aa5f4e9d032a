package dev.streambed.importer.onnx;

import dev.streambed.importer.published.SentenceLayer;
import dev.streambed.importer.published.SentenceLayer.Dense;
import dev.streambed.importer.published.SentenceLayer.Function;
import dev.streambed.importer.published.SentenceLayer.Normalise;
import java.util.List;

/**
 * Appends the layers behind pooling to a graph.
 *
 * <p>Each vector goes through a dense layer twice, as two rows, and the first is kept: ONNX Runtime
 * multiplies a single row in another order than several, so the last bits of a text alone would
 * differ from those in a batch.
 */
final class SentenceLayers {
  private final AddedNodes nodes;
  private final List<SentenceLayer> layers;

  SentenceLayers(AddedNodes nodes, List<SentenceLayer> layers) {
    this.nodes = nodes;
    this.layers = layers;
  }

  /**
   * Appends them.
   *
   * @param pooled name of the input
   * @param output name of the result; if there are no layers, nothing is added
   * @return length of the vectors that come out
   */
  int append(String pooled, int dimensions, String output) {
    String in = pooled;
    int length = dimensions;
    for (int i = 0; i < layers.size(); i++) {
      String out = i == layers.size() - 1 ? output : AddedNodes.named("layer-%d".formatted(i));
      SentenceLayer layer = layers.get(i);
      if (layer instanceof Dense dense) {
        append(dense, in, out, i);
        length = dense.out();
      } else if (layer instanceof Normalise) {
        nodes.add(
            "LpNormalization",
            List.of(in),
            out,
            AddedNodes.integer("axis", -1),
            AddedNodes.integer("p", 2));
      }
      in = out;
    }
    return length;
  }

  private void append(Dense dense, String in, String out, int number) {
    String name = "dense-%d/".formatted(number);
    String row = nodes.list(name + "row", 0, 1, -1); // [batch, in] -> [batch, 1, in]
    String twice = nodes.list(name + "twice", 0, 0);
    String first = nodes.scalar(name + "first", 0);
    String rows = nodes.add("Reshape", List.of(in, row), AddedNodes.named(name + "one-row"));
    String both =
        nodes.add(
            "Gather",
            List.of(rows, twice),
            AddedNodes.named(name + "rows"),
            AddedNodes.integer("axis", 1));
    String weights = nodes.floats(name + "weights", transposed(dense), dense.in(), dense.out());
    String value = nodes.add("MatMul", List.of(both, weights), AddedNodes.named(name + "products"));
    float[] biasValues = dense.bias();
    if (biasValues != null) {
      String bias = nodes.floats(name + "bias", biasValues, dense.out());
      value = nodes.add("Add", List.of(value, bias), AddedNodes.named(name + "sums"));
    }
    if (dense.function() == Function.TANH) {
      value = nodes.add("Tanh", List.of(value), AddedNodes.named(name + "tanh"));
    }
    nodes.add("Gather", List.of(value, first), out, AddedNodes.integer("axis", 1));
  }

  private static float[] transposed(Dense dense) {
    float[] weights = dense.weights();
    float[] transposed = new float[weights.length];
    for (int out = 0; out < dense.out(); out++) {
      for (int in = 0; in < dense.in(); in++) {
        transposed[in * dense.out() + out] = weights[out * dense.in() + in];
      }
    }
    return transposed;
  }
}
