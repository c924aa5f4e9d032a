package dev.streambed.importer.nomic.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.file.CheckpointWeights;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.file.WeightStore;
import dev.streambed.importer.nomic.graph.file.WeightsFile;
import dev.streambed.importer.nomic.graph.linear.FloatLinear;
import dev.streambed.importer.nomic.graph.linear.Linear;
import dev.streambed.importer.nomic.graph.linear.QuantisedLinear;
import dev.streambed.importer.nomic.graph.linear.TypicalInputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apiguardian.api.API;

/**
 * The whole network as an ONNX graph: {@code input_ids} and {@code attention_mask}, int64 [batch,
 * sequence], in; {@code pooled}, float [batch, H], not normalised, out.
 */
@API(status = API.Status.INTERNAL)
public final class NomicGraph {
  /** The graph's one output. */
  public static final String OUTPUT = "pooled";

  /** The graph's own name. */
  public static final String NAME = "nomic-embed-text-v2-moe";

  private NomicGraph() {}

  /**
   * Hidden states of all tokens, float [N, H]: after the embedding (0), or after so many layers.
   */
  public static String hiddenState(int layers) {
    return "hidden_" + layers;
  }

  /** Weights of the two chosen experts of each token in a routed layer, float [N, 2]. */
  public static String routingWeights(int layer) {
    return "layer_" + layer + "/feed_forward/router/weights";
  }

  /** The two chosen experts of each token in a routed layer, int64 [N, 2]. */
  public static String routingExperts(int layer) {
    return "layer_" + layer + "/feed_forward/router/experts";
  }

  /**
   * Builds a graph that points into the checkpoint's own weights file, which must lie in the folder
   * that the graph is loaded with.
   *
   * @param options for which {@link GraphOptions#usesStoredFloats} is true
   * @param checkpoint for which {@link Checkpoint#isStoredAsFloat} is true
   */
  public static ModelProto referencing(Checkpoint checkpoint, GraphOptions options) {
    return referencing(checkpoint, options, RoutedFeedForward::new);
  }

  /**
   * Builds such a graph with another form of its experts, for measurements.
   *
   * @param experts the layers with experts, for the network that they are part of
   */
  public static ModelProto referencing(
      Checkpoint checkpoint, GraphOptions options, Function<Network, FeedForward> experts) {
    if (!options.usesStoredFloats() || !checkpoint.isStoredAsFloat()) {
      throw new IllegalArgumentException(
          "Weights for %s cannot be used where they lie.".formatted(options));
    }
    var graph = new GraphBuilder();
    var weights = new CheckpointWeights(checkpoint);
    var network = network(graph, checkpoint, weights, new FloatLinear(graph, weights));
    return build(network, options, experts);
  }

  /**
   * As {@link #copying(Checkpoint, GraphOptions, Map, Path, LongConsumer)}, with 8-bit weights
   * rounded to the nearest.
   */
  public static ModelProto copying(
      Checkpoint checkpoint, GraphOptions options, Path weightsFile, LongConsumer written)
      throws IOException {
    return copying(checkpoint, options, Map.of(), weightsFile, written);
  }

  /**
   * Builds a graph and writes its weights, in the precision it wants.
   *
   * @param inputs what weights are rounded for, in 8 bits, as of {@link ProductInputs}
   * @param weightsFile must not exist; must lie in the folder that the graph is loaded with
   * @param written hears of the bytes written so far
   */
  public static ModelProto copying(
      Checkpoint checkpoint,
      GraphOptions options,
      Map<String, TypicalInputs> inputs,
      Path weightsFile,
      LongConsumer written)
      throws IOException {
    var graph = new GraphBuilder();
    try (WeightsFile weights = WeightsFile.create(weightsFile, written)) {
      Linear linear =
          switch (options.precision()) {
            case FP32 -> new FloatLinear(graph, weights);
            case FP16 -> FloatLinear.in16Bits(graph, weights);
            case INT8, INT4 -> // GraphOptions has no 4 bits
                new QuantisedLinear(graph, weights, inputs);
          };
      DataType fusedType =
          options.precision() == Precision.FP16 ? DataType.FLOAT16 : DataType.FLOAT;
      return build(
          network(graph, checkpoint, weights, linear),
          options,
          options.experts() == ExpertForm.FUSED
              ? network -> new FusedFeedForward(network, weights, fusedType)
              : RoutedFeedForward::new);
    }
  }

  private static Network network(
      GraphBuilder graph, Checkpoint checkpoint, WeightStore weights, Linear linear) {
    return new Network(graph, checkpoint, weights, linear, new TokenPacking(graph));
  }

  private static ModelProto build(
      Network network, GraphOptions options, Function<Network, FeedForward> mixture) {
    CheckpointConfig config = network.config();
    var attention =
        new Attention(network, RotaryTables.add(network.graph(), config, options.maxTokens()));
    FeedForward dense = new DenseFeedForward(network);
    FeedForward experts = mixture.apply(network);
    String x = new EmbeddingLayer(network).append(hiddenState(0));
    for (int layer = 0; layer < config.layers(); layer++) {
      String name = "layer_" + layer;
      String tensors = "encoder.layers." + layer + ".";
      String mixed = attention.append(name + "/attention", x, tensors + "attn.");
      x = network.addAndNorm(name + "/norm1", x, mixed, tensors + "norm1");
      FeedForward feedForward = config.hasExperts(layer) ? experts : dense;
      String y = feedForward.append(name + "/feed_forward", x, tensors + "mlp.");
      x = network.addAndNorm(hiddenState(layer + 1), x, y, tensors + "norm2");
    }
    new MeanPooling(network).append(OUTPUT, x);
    String hidden = Integer.toString(config.hiddenSize());
    network.graph().output(OUTPUT, DataType.FLOAT, "batch", hidden);
    return network.graph().build(NAME);
  }
}
