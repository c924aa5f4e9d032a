package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.graph.Router.Choice;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.linear.Linear;
import java.util.List;

/**
 * The result of {@link RoutedFeedForward} in the way of tracing exporters: every expert for every
 * token, times its weight or zero. For comparison.
 */
public final class AllExpertsFeedForward implements FeedForward {
  private final Network network;
  private final GraphBuilder graph;

  public AllExpertsFeedForward(Network network) {
    this.network = network;
    this.graph = network.graph();
  }

  @Override
  public String append(String name, String x, String tensors) {
    var router = new Router(network);
    Choice choice = router.append(name + "/router", x, tensors);
    String probabilities = name + "/router/probabilities";
    String shape = graph.add("Shape", name + "/gate_shape", List.of(probabilities));
    String zeros = graph.add("ConstantOfShape", name + "/zeros", List.of(shape), zero());
    String gates =
        graph.add(
            "ScatterElements",
            name + "/gates",
            List.of(zeros, choice.experts(), choice.weights()),
            attribute("axis", 1));
    var experts = new Experts(network, tensors);
    Linear.Operand input = network.linear().prepare(name + "/input", x);
    String sum = network.vector(tensors + "experts.bias");
    for (int expert = 0; expert < network.config().experts(); expert++) {
      String expertName = name + "/expert_" + expert;
      String gate =
          graph.add(
              "Gather",
              expertName + "/gate",
              List.of(gates, graph.vector(expert)),
              attribute("axis", 1));
      String y = experts.append(expertName, input, expert);
      String gated = graph.add("Mul", expertName + "/gated", List.of(y, gate));
      sum = graph.add("Add", expertName + "/sum", List.of(sum, gated));
    }
    return sum;
  }

  private static AttributeProto zero() {
    return AttributeProto.newBuilder()
        .setName("value")
        .setType(AttributeProto.AttributeType.TENSOR)
        .setT(
            TensorProto.newBuilder()
                .setDataType(DataType.FLOAT.getNumber())
                .addDims(1)
                .addFloatData(0))
        .build();
  }
}
