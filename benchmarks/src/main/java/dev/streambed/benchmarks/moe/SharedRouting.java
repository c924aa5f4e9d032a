package dev.streambed.benchmarks.moe;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.NomicGraph;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Two graphs of one checkpoint in one. The second sends each token to the experts that the first
 * chose: so rounding alone tells their vectors apart, not where it moved a token to.
 */
final class SharedRouting {
  /** The output of the second graph; the first keeps its name. */
  static final String SECOND_OUTPUT = "second/" + NomicGraph.OUTPUT;

  private final Set<String> kept = new HashSet<>();

  private SharedRouting(ModelProto first, CheckpointConfig config) {
    first.getGraph().getInputList().forEach(input -> kept.add(input.getName()));
    kept.add(""); // an optional input that is left out
    for (int layer = 0; layer < config.layers(); layer++) {
      if (config.hasExperts(layer)) {
        kept.add(NomicGraph.routingWeights(layer));
        kept.add(NomicGraph.routingExperts(layer));
      }
    }
  }

  /** The weights of both graphs must lie in the folder that the result is loaded with. */
  static ModelProto of(ModelProto first, ModelProto second, CheckpointConfig config) {
    var routing = new SharedRouting(first, config);
    GraphProto.Builder graph = first.getGraph().toBuilder();
    for (TensorProto constant : second.getGraph().getInitializerList()) {
      graph.addInitializer(constant.toBuilder().setName(renamed(constant.getName())));
    }
    for (NodeProto node : second.getGraph().getNodeList()) {
      graph.addNode(
          node.toBuilder()
              .setName(renamed(node.getName()))
              .clearInput()
              .addAllInput(routing.inputs(node.getInputList()))
              .clearOutput()
              .addAllOutput(node.getOutputList().stream().map(SharedRouting::renamed).toList()));
    }
    graph.addOutput(second.getGraph().getOutput(0).toBuilder().setName(SECOND_OUTPUT));
    return first.toBuilder().setGraph(graph).build();
  }

  private Collection<String> inputs(Collection<String> names) {
    return names.stream().map(name -> kept.contains(name) ? name : renamed(name)).toList();
  }

  private static String renamed(String name) {
    return "second/" + name;
  }
}
