package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.file.WeightsFile;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A layer with experts as one {@code com.microsoft.MoE} node, which on CUDA never waits for the
 * host. The node takes the router's scores before the softmax, applies the softmax over all experts
 * itself, and does not make the chosen weights sum to 1. Its GELU is the tanh approximation on the
 * CPU, and may be on CUDA. The node takes the second matrix of each expert as [H, F], the transpose
 * of the checkpoint's. The layer's bias is added after it, since the node would weight it.
 */
final class FusedFeedForward implements FeedForward {
  private final Network network;
  private final WeightsFile weights;
  private final DataType type;

  /**
   * Makes the fused feed-forward part of one network.
   *
   * @param type of the node's inputs, FLOAT or FLOAT16
   */
  FusedFeedForward(Network network, WeightsFile weights, DataType type) {
    this.network = network;
    this.weights = weights;
    this.type = type;
  }

  @Override
  public String append(String name, String x, String tensors) {
    GraphBuilder graph = network.graph();
    CheckpointConfig config = network.config();
    String logits = new Router(network).logits(name + "/router/logits", x, tensors);
    Tensor w1 = network.checkpoint().tensor(tensors + "experts.mlp.w1");
    long[] firstShape = {config.experts(), config.innerSize(), config.hiddenSize()};
    String first =
        graph.constant(
            type == DataType.FLOAT
                ? weights.floats(w1.name(), w1, 0, firstShape)
                : weights.halves(w1.name(), w1, 0, firstShape));
    String sum =
        graph.addMicrosoft(
            "MoE",
            name + "/moe",
            List.of(
                cast(name + "/input", x, type),
                cast(name + "/logits", logits, type),
                first,
                "",
                transposed(tensors + "experts.mlp.w2")),
            attribute("activation_type", "gelu"),
            attribute("k", CheckpointConfig.EXPERTS_PER_TOKEN),
            attribute("normalize_routing_weights", 0));
    return graph.add(
        "Add",
        name,
        List.of(
            cast(name + "/sum", sum, DataType.FLOAT), network.vector(tensors + "experts.bias")));
  }

  private String cast(String name, String x, DataType to) {
    return type == DataType.FLOAT
        ? x
        : network.graph().add("Cast", name, List.of(x), attribute("to", to.getNumber()));
  }

  /** [E, F, H] as stored to [E, H, F]. */
  private String transposed(String tensorName) {
    CheckpointConfig config = network.config();
    int inner = config.innerSize();
    int hidden = config.hiddenSize();
    float[] stored = network.checkpoint().tensor(tensorName).toArray();
    float[] turned = new float[stored.length];
    for (int expert = 0; expert < config.experts(); expert++) {
      int start = expert * inner * hidden;
      for (int f = 0; f < inner; f++) {
        for (int h = 0; h < hidden; h++) {
          turned[start + h * inner + f] = stored[start + f * hidden + h];
        }
      }
    }
    ByteBuffer bytes =
        type == DataType.FLOAT ? WeightsFile.floatBytes(turned) : WeightsFile.halfBytes(turned);
    return network
        .graph()
        .constant(
            weights.append(
                tensorName + "/transposed", type, bytes, config.experts(), hidden, inner));
  }
}
