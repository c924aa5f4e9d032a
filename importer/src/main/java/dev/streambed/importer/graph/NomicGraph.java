package dev.streambed.importer.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.checkpoint.Checkpoint;
import dev.streambed.importer.checkpoint.CheckpointConfig;

/**
 * The whole network as an ONNX graph: {@code input_ids} and {@code attention_mask}, int64 [batch,
 * sequence], in; {@code pooled}, float [batch, H], not normalised, out.
 */
public final class NomicGraph {
  /** The graph's one output. */
  public static final String OUTPUT = "pooled";

  private NomicGraph() {}

  /**
   * Hidden states of all tokens, float [N, H]: after the embedding (0), or after so many layers.
   */
  public static String hiddenState(int layers) {
    return "hidden_" + layers;
  }

  /** Weights of the two chosen experts of each token in a layer with experts, float [N, 2]. */
  public static String routingWeights(int layer) {
    return "layer_" + layer + "/feed_forward/router/weights";
  }

  /** The two chosen experts of each token in a layer with experts, int64 [N, 2]. */
  public static String routingExperts(int layer) {
    return "layer_" + layer + "/feed_forward/router/experts";
  }

  /**
   * Builds the graph.
   *
   * @param maxTokens longest text it accepts
   */
  public static ModelProto build(Checkpoint checkpoint, int maxTokens) {
    var graph = new GraphBuilder();
    var weights = new CheckpointWeights(checkpoint);
    var network =
        new Network(
            graph, checkpoint, weights, new FloatLinear(graph, weights), new TokenPacking(graph));
    appendLayers(network, maxTokens);
    String hidden = Integer.toString(checkpoint.config().hiddenSize());
    graph.output(OUTPUT, DataType.FLOAT, "batch", hidden);
    return graph.build("nomic-embed-text-v2-moe");
  }

  private static void appendLayers(Network network, int maxTokens) {
    CheckpointConfig config = network.config();
    var attention = new Attention(network, RotaryTables.add(network.graph(), config, maxTokens));
    FeedForward dense = new DenseFeedForward(network);
    FeedForward routed = new RoutedFeedForward(network);
    String x = new EmbeddingLayer(network).append(hiddenState(0));
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "layer_" + layer;
      String tensors = "encoder.layers." + layer + ".";
      String mixed = attention.append(name + "/attention", x, tensors + "attn.");
      x = network.addAndNorm(name + "/norm1", x, mixed, tensors + "norm1");
      FeedForward feedForward = config.hasExperts(layer) ? routed : dense;
      String y = feedForward.append(name + "/feed_forward", x, tensors + "mlp.");
      x = network.addAndNorm(hiddenState(layer + 1), x, y, tensors + "norm2");
    }
    new MeanPooling(network).append(OUTPUT, x);
  }
}
