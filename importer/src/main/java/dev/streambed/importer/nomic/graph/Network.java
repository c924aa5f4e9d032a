package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.file.WeightStore;
import dev.streambed.importer.nomic.graph.linear.Linear;
import dev.streambed.importer.nomic.graph.linear.Matrix;
import java.util.List;
import org.apiguardian.api.API;

/**
 * The builder and weights that every part of the network uses, and the operators that several of
 * them share. Activations are [N, H]: N tokens without padding, H the hidden size.
 */
@API(status = API.Status.INTERNAL)
public record Network(
    GraphBuilder graph,
    Checkpoint checkpoint,
    WeightStore weights,
    Linear linear,
    TokenPacking packing) {
  public CheckpointConfig config() {
    return checkpoint.config();
  }

  /** A vector of the checkpoint. */
  String vector(String tensorName) {
    return vectorSlice(tensorName, tensorName, 0, checkpoint.tensor(tensorName).elements());
  }

  /** Consecutive elements of a vector of the checkpoint. */
  String vectorSlice(String tensorName, String name, int first, int length) {
    Tensor tensor = checkpoint.tensor(tensorName);
    return graph.constant(weights.floats(name, tensor, first, length));
  }

  /** y = x W^T + b, with the tensors {@code tensorName.weight} and {@code .bias}. */
  String project(String name, Linear.Operand x, String tensorName) {
    String product =
        linear.multiply(
            name + "/product", x, Matrix.linear(checkpoint.tensor(tensorName + ".weight")));
    return graph.add("Add", name, List.of(product, vector(tensorName + ".bias")));
  }

  /** Exact GELU: 0.5 x (1 + erf(x / sqrt 2)). */
  String gelu(String name, String x) {
    return graph.add("Gelu", name, List.of(x), attribute("approximate", "none"));
  }

  /** Layer norm over each row, with the biased variance. */
  public String layerNorm(String name, String x, String tensorName) {
    return graph.add(
        "LayerNormalization",
        name,
        List.of(x, vector(tensorName + ".weight"), vector(tensorName + ".bias")),
        attribute("axis", -1),
        attribute("epsilon", (float) config().layerNormEpsilon()));
  }

  /**
   * Post-norm: the block's result is added to its input, and the sum normalised. ONNX Runtime's own
   * operator for both takes a quarter of the time of the standard ones (docs/decisions/0138).
   */
  String addAndNorm(String name, String x, String y, String tensorName) {
    return graph.addMicrosoft(
        "SkipLayerNormalization",
        name,
        List.of(x, y, vector(tensorName + ".weight"), vector(tensorName + ".bias")),
        attribute("epsilon", (float) config().layerNormEpsilon()));
  }
}
