package dev.streambed.importer.nomic.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import java.util.Collection;
import org.apiguardian.api.API;

/**
 * Makes inner values of a graph readable, for checks and statistics; no weight is touched or
 * copied.
 */
@API(status = API.Status.INTERNAL)
public final class GraphOutputs {
  private GraphOutputs() {}

  /**
   * Adds outputs to a graph.
   *
   * @param values names of values of any number type
   * @return a graph that has, for each value, a float output named by {@link #outputOf}
   */
  public static ModelProto expose(ModelProto model, Collection<String> values) {
    GraphProto.Builder graph = model.getGraph().toBuilder();
    for (String value : values) {
      graph.addNode(
          NodeProto.newBuilder()
              .setOpType("Cast")
              .setName(outputOf(value))
              .addInput(value)
              .addOutput(outputOf(value))
              .addAttribute(GraphBuilder.attribute("to", DataType.FLOAT.getNumber())));
      graph.addOutput(
          ValueInfoProto.newBuilder()
              .setName(outputOf(value))
              .setType(
                  TypeProto.newBuilder()
                      .setTensorType(
                          TypeProto.Tensor.newBuilder().setElemType(DataType.FLOAT.getNumber()))));
    }
    return model.toBuilder().setGraph(graph).build();
  }

  /** Name of the output that shows a value. */
  public static String outputOf(String value) {
    return value + "/shown";
  }
}
