package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Locale;
import java.util.stream.Collectors;

/** Types and shapes of a graph's values, in words. */
final class Signatures {
  private Signatures() {}

  /** Type and shape as in {@code float32 [batch, sequence, 384]}. */
  static String of(ValueInfoProto value) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    String shape =
        tensor.getShape().getDimList().stream()
            .map(
                dimension ->
                    dimension.hasDimValue()
                        ? Long.toString(dimension.getDimValue())
                        : dimension.getDimParam())
            .map(dimension -> dimension.isEmpty() ? "?" : dimension)
            .collect(Collectors.joining(", ", "[", "]"));
    return typeName(tensor.getElemType()) + " " + shape;
  }

  private static String typeName(int type) {
    TensorProto.DataType dataType = TensorProto.DataType.forNumber(type);
    if (dataType == null) {
      return "type " + type;
    }
    return dataType == TensorProto.DataType.FLOAT
        ? "float32"
        : dataType.name().toLowerCase(Locale.ROOT);
  }
}
