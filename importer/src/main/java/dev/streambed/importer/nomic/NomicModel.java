package dev.streambed.importer.nomic;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxSession.FloatTensor;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.GraphOutputs;
import dev.streambed.importer.nomic.graph.NomicGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apiguardian.api.API;

/** Looks into an imported nomic-embed-text-v2-moe model: its size and its routing. */
@API(status = API.Status.INTERNAL)
public final class NomicModel {
  private static final String ROUTER_WEIGHT = "router.layer.weight";

  private final ModelDirectory directory;
  private final ModelProto model;

  private NomicModel(ModelDirectory directory, ModelProto model) {
    this.directory = directory;
    this.model = model;
  }

  /** Looks into a model directory; empty if it holds a model of another kind. */
  public static Optional<NomicModel> of(ModelDirectory directory) {
    ModelProto model;
    try {
      model = ModelProto.parseFrom(Files.readAllBytes(directory.graphFile()));
    } catch (IOException e) {
      throw new InvalidModelException("Cannot read " + directory.graphFile() + ": " + e, e);
    }
    return model.getGraph().getName().equals(NomicGraph.NAME)
        ? Optional.of(new NomicModel(directory, model))
        : Optional.empty();
  }

  /** Values of all tensors of the checkpoint. */
  public long parameters() {
    return countOf("");
  }

  /** Values that enter the vector of one token: those of the chosen experts, and of no other. */
  public long activeParameters() {
    long allExperts = countOf("experts.mlp.");
    return parameters() - allExperts + allExperts / experts() * CheckpointConfig.EXPERTS_PER_TOKEN;
  }

  /** Experts of a routed layer. */
  public int experts() {
    return model.getGraph().getInitializerList().stream()
        .filter(tensor -> tensor.getName().endsWith(ROUTER_WEIGHT))
        .mapToInt(tensor -> (int) tensor.getDims(0))
        .findFirst()
        .orElseThrow();
  }

  /** Layers with experts, counted from 0. */
  public List<Integer> routedLayers() {
    List<Integer> layers = new ArrayList<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getName().endsWith(ROUTER_WEIGHT)) {
        layers.add(Integer.valueOf(tensor.getName().split("\\.", -1)[2])); // encoder.layers.N.…
      }
    }
    return layers;
  }

  /**
   * Runs texts and returns the routing of their tokens, layer by layer; empty for a graph with
   * fused experts, which do not show their choice.
   */
  public List<LayerRouting> routing(List<TokenIds> texts) {
    List<String> values = new ArrayList<>();
    for (int layer : routedLayers()) {
      if (hasNode(NomicGraph.routingWeights(layer))) {
        values.add(NomicGraph.routingWeights(layer));
        values.add(NomicGraph.routingExperts(layer));
      }
    }
    if (values.isEmpty()) {
      return List.of();
    }
    List<FloatTensor> shown = show(TokenBatch.pad(texts), values);
    List<LayerRouting> routing = new ArrayList<>();
    for (int i = 0; i < shown.size(); i += 2) {
      routing.add(
          LayerRouting.of(
              routedLayers().get(i / 2),
              experts(),
              shown.get(i).values(),
              shown.get(i + 1).values()));
    }
    return routing;
  }

  /** Outputs of the graph for a batch, each by the name of an inner value, in that order. */
  List<FloatTensor> show(TokenBatch batch, List<String> values) {
    byte[] graph = GraphOutputs.expose(model, values).toByteArray();
    try (OnnxSession session = OnnxSession.open(graph, weightsDirectory(), 1)) {
      return values.stream()
          .map(value -> session.run(batch, GraphOutputs.outputOf(value)))
          .toList();
    }
  }

  /** The folder that the graph's weights are named from. */
  private Path weightsDirectory() {
    ExternalData external = directory.description().externalData();
    Path parent = external == null ? null : Path.of(external.path()).getParent();
    return parent == null ? directory.path() : parent;
  }

  private boolean hasNode(String name) {
    return model.getGraph().getNodeList().stream().map(NodeProto::getName).anyMatch(name::equals);
  }

  /**
   * Values of the checkpoint's tensors with a text in their name; constants of our own do not
   * count.
   */
  private long countOf(String text) {
    GraphProto graph = model.getGraph();
    long count = 0;
    for (TensorProto tensor : graph.getInitializerList()) {
      String name = tensor.getName();
      boolean isCheckpoints = name.startsWith("em") || name.startsWith("encoder.");
      if (isCheckpoints && name.contains(text) && !name.endsWith("/scales")) {
        count += tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
      }
    }
    return count;
  }
}
