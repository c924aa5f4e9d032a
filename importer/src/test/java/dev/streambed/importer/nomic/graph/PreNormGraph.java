package dev.streambed.importer.nomic.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.file.CheckpointWeights;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.linear.FloatLinear;
import java.util.List;

/** The network with its norms before the blocks instead of after them: a planted mistake. */
final class PreNormGraph {
  private PreNormGraph() {}

  static ModelProto build(Checkpoint checkpoint) {
    var graph = new GraphBuilder();
    var weights = new CheckpointWeights(checkpoint);
    var network =
        new Network(
            graph, checkpoint, weights, new FloatLinear(graph, weights), new TokenPacking(graph));
    CheckpointConfig config = checkpoint.config();
    var attention = new Attention(network, RotaryTables.add(graph, config, 512));
    String x = new EmbeddingLayer(network).append("hidden_0");
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "layer_" + layer;
      String tensors = "encoder.layers." + layer + ".";
      String normed = network.layerNorm(name + "/norm1", x, tensors + "norm1");
      String mixed = attention.append(name + "/attention", normed, tensors + "attn.");
      x = graph.add("Add", name + "/sum1", List.of(x, mixed));
      FeedForward feedForward =
          config.hasExperts(layer) ? new RoutedFeedForward(network) : new DenseFeedForward(network);
      normed = network.layerNorm(name + "/norm2", x, tensors + "norm2");
      String y = feedForward.append(name + "/feed_forward", normed, tensors + "mlp.");
      x = graph.add("Add", name + "/sum2", List.of(x, y));
    }
    new MeanPooling(network).append(NomicGraph.OUTPUT, x);
    graph.output(NomicGraph.OUTPUT, DataType.FLOAT, "batch", Integer.toString(config.hiddenSize()));
    return graph.build("pre-norm");
  }
}
