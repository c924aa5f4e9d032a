package dev.streambed.importer.nomic.graph.file;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import java.util.Arrays;

/** Describes a constant that lies in a file beside the graph. */
final class ExternalConstant {
  private ExternalConstant() {}

  /**
   * @param file name without directory
   * @param offset first byte in the file
   * @param elementBytes size of one element
   */
  static TensorProto describe(
      String name, DataType type, String file, long offset, int elementBytes, long... dims) {
    long elements = Arrays.stream(dims).reduce(1, Math::multiplyExact);
    var tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", file))
            .addExternalData(entry("offset", Long.toString(offset)))
            .addExternalData(entry("length", Long.toString(elements * elementBytes)));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor.build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
