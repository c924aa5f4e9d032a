package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Writes out the zero point of 8-bit weights where a graph leaves it to its default, 0: where ONNX
 * Runtime 1.28.0 exchanges such products for exact ones (docs/decisions/0012), it ends the process
 * if that input is missing, and refuses a graph whose weights share one.
 */
final class WeightZeroPoints {
  private static final String PREFIX = "streambed/zero_point_of/";
  private static final int WEIGHT = 1; // input of each of the operators

  /** Place of the weight's zero point among the inputs, by operator. */
  private static final Map<String, Integer> PLACES =
      Map.of(
          "MatMulInteger", 3,
          "DynamicQuantizeMatMul", 3,
          "MatMulIntegerToFloat", 5,
          "QAttention", 7);

  private WeightZeroPoints() {}

  /** Returns the model as it is, or with the missing zero points. */
  static ModelProto complete(ModelProto model) {
    Set<String> weights = signedBytes(model.getGraph());
    GraphProto.Builder graph = model.getGraph().toBuilder();
    Set<String> added = new TreeSet<>();
    for (int i = 0; i < graph.getNodeCount(); i++) {
      NodeProto node = graph.getNode(i);
      Integer place = PLACES.get(node.getOpType());
      if (place != null && weights.contains(node.getInput(WEIGHT)) && isMissing(node, place)) {
        String name = PREFIX + node.getInput(WEIGHT);
        graph.setNode(i, withZeroPoint(node, place, name));
        added.add(name);
      }
    }
    if (added.isEmpty()) {
      return model;
    }
    for (String name : added) {
      graph.addInitializer(
          TensorProto.newBuilder()
              .setName(name)
              .setDataType(DataType.INT8.getNumber())
              .addInt32Data(0));
    }
    return model.toBuilder().setGraph(graph).build();
  }

  private static Set<String> signedBytes(GraphProto graph) {
    Set<String> names = new HashSet<>();
    for (TensorProto tensor : graph.getInitializerList()) {
      if (tensor.getDataType() == DataType.INT8.getNumber()) {
        names.add(tensor.getName());
      }
    }
    for (NodeProto node : graph.getNodeList()) {
      for (AttributeProto attribute : node.getAttributeList()) {
        boolean isConstant = node.getOpType().equals("Constant") && attribute.hasT();
        if (isConstant && attribute.getT().getDataType() == DataType.INT8.getNumber()) {
          names.add(node.getOutput(0));
        }
      }
    }
    return names;
  }

  private static boolean isMissing(NodeProto node, int place) {
    return node.getInputCount() <= place || node.getInput(place).isEmpty();
  }

  private static NodeProto withZeroPoint(NodeProto node, int place, String name) {
    NodeProto.Builder completed = node.toBuilder();
    while (completed.getInputCount() <= place) {
      completed.addInput(""); // an optional input that is left out
    }
    return completed.setInput(place, name).build();
  }
}
