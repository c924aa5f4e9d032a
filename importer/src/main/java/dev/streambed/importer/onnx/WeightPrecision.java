package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Precision;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The arithmetic of a graph's weights: the fewest bits that a matrix has. */
final class WeightPrecision {
  /** Operators whose weights are packed into bytes, with the attribute that says how many bits. */
  private static final Map<String, String> PACKED =
      Map.of(
          "MatMulNBits", "bits",
          "GatherBlockQuantized", "bits",
          "QMoE", "expert_weight_bits");

  private static final long PACKED_BY_DEFAULT = 4;
  private static final int UINT4 = 21; // newer than the classes we read ONNX with
  private static final int INT4 = 22;

  private WeightPrecision() {}

  /**
   * Finds it.
   *
   * @throws InvalidModelException if it has no name here
   */
  static Precision of(ModelProto model) {
    Set<Integer> types = new TreeSet<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getDimsCount() >= 2) {
        types.add(tensor.getDataType());
      }
    }
    long packedBits = packedBits(model);
    if (packedBits == 4 || types.contains(UINT4) || types.contains(INT4)) {
      return Precision.INT4;
    }
    if (packedBits == 8
        || types.contains(TensorProto.DataType.INT8.getNumber())
        || types.contains(TensorProto.DataType.UINT8.getNumber())) {
      return Precision.INT8;
    }
    return types.contains(TensorProto.DataType.FLOAT16.getNumber())
        ? Precision.FP16
        : Precision.FP32;
  }

  /** The fewest bits of packed weights; 0 if there are none. */
  private static long packedBits(ModelProto model) {
    long fewest = 0;
    for (NodeProto node : model.getGraph().getNodeList()) {
      String attribute = PACKED.get(node.getOpType());
      if (attribute != null) {
        long bits = bits(node, attribute);
        fewest = fewest == 0 ? bits : Math.min(fewest, bits);
      }
    }
    if (fewest != 0 && fewest != 4 && fewest != 8) {
      throw new InvalidModelException(
          "The ONNX model has weights of %d bits; 4, 8, 16 and 32 can be imported."
              .formatted(fewest));
    }
    return fewest;
  }

  private static long bits(NodeProto node, String name) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals(name)) {
        return attribute.getI();
      }
    }
    return PACKED_BY_DEFAULT;
  }
}
