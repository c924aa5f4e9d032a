package dev.streambed.benchmarks.moe;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.EmbeddingLayer;
import dev.streambed.importer.nomic.graph.Network;
import dev.streambed.importer.nomic.graph.NomicGraph;
import dev.streambed.importer.nomic.graph.RoutedFeedForward;
import dev.streambed.importer.nomic.graph.TokenPacking;
import dev.streambed.importer.nomic.graph.file.CheckpointWeights;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.linear.FloatLinear;
import dev.streambed.importer.nomic.graph.linear.Linear;
import dev.streambed.importer.nomic.graph.linear.Matrix;
import dev.streambed.importer.nomic.graph.linear.Matrix.Layout;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Graphs of one layer's experts alone, for measurements: the word vectors of a batch go in, the
 * mean over all tokens of the result comes out, [1, H], which costs next to nothing. They point
 * into the checkpoint's own weights.
 */
final class LayerGraphs {
  private static final int LAYER = 1; // the first with experts in every checkpoint
  private static final String TENSORS = "encoder.layers." + LAYER + ".mlp.";

  private final Network network;

  private LayerGraphs(Network network) {
    this.network = network;
  }

  /** The routed layer as it is in the whole network. */
  static ModelProto routed(Checkpoint checkpoint) {
    LayerGraphs graphs = of(checkpoint);
    return graphs.build(x -> new RoutedFeedForward(graphs.network).append("layer", x, TENSORS));
  }

  /**
   * A graph with nothing but the matrix products of the routed layer: for each token, as many
   * products as two experts have, of the same sizes, with all tokens in one product.
   */
  static ModelProto plainProducts(Checkpoint checkpoint) {
    LayerGraphs graphs = of(checkpoint);
    return graphs.build(graphs::plainProducts);
  }

  /** Floating-point operations that either graph needs for a token. */
  static long operationsPerToken(CheckpointConfig config) {
    int productsPerToken = 2 * CheckpointConfig.EXPERTS_PER_TOKEN;
    return 2L * productsPerToken * config.hiddenSize() * config.innerSize();
  }

  private static LayerGraphs of(Checkpoint checkpoint) {
    var graph = new GraphBuilder();
    var weights = new CheckpointWeights(checkpoint);
    return new LayerGraphs(
        new Network(
            graph, checkpoint, weights, new FloatLinear(graph, weights), new TokenPacking(graph)));
  }

  private String plainProducts(String x) {
    String sum = x;
    for (int expert = 0; expert < CheckpointConfig.EXPERTS_PER_TOKEN; expert++) {
      String inner = product("first_" + expert, sum, "w1", expert, Layout.ROW_PER_OUTPUT);
      sum = product("second_" + expert, inner, "w2", expert, Layout.ROW_PER_INPUT);
    }
    return sum;
  }

  private String product(String name, String x, String which, int expert, Layout layout) {
    int rows = network.config().innerSize();
    String tensor = TENSORS + "experts.mlp." + which;
    var matrix =
        Matrix.rowsOf(
            network.checkpoint().tensor(tensor),
            tensor + "/" + expert,
            expert * rows,
            rows,
            layout);
    Linear linear = network.linear();
    return linear.multiply(name, linear.prepare(name + "/input", x), matrix);
  }

  private ModelProto build(UnaryOperator<String> layer) {
    GraphBuilder graph = network.graph();
    String x = new EmbeddingLayer(network).append("embedded");
    String y = layer.apply(x);
    graph.add(
        "ReduceMean", NomicGraph.OUTPUT, List.of(y, graph.vector(0)), attribute("keepdims", 1));
    String hidden = Integer.toString(network.config().hiddenSize());
    graph.output(NomicGraph.OUTPUT, DataType.FLOAT, "1", hidden);
    return graph.build("layer");
  }
}
