package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The import's additions to a graph: nodes, and constants under names of its own. */
final class AddedNodes {
  private static final String PREFIX = "streambed/";

  private final List<NodeProto> nodes = new ArrayList<>();
  private final List<TensorProto> constants = new ArrayList<>();

  /**
   * True for names that the import may give to added values: no value of the graph may have one.
   */
  static boolean isReserved(String name) {
    return name.startsWith(PREFIX);
  }

  static String named(String name) {
    return PREFIX + name;
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  List<TensorProto> constants() {
    return constants;
  }

  /** Adds a node, and returns the name of its output. */
  String add(String operator, List<String> inputs, String output, AttributeProto... attributes) {
    nodes.add(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(PREFIX + operator + "-" + output)
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(List.of(attributes))
            .build());
    return output;
  }

  static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto integers(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INTS)
        .addInts(value)
        .build();
  }

  /** Adds a number, and returns its name. */
  String scalar(String name, long value) {
    return constant(name, TensorProto.DataType.INT64, longs(value));
  }

  /** Adds a list of numbers, and returns its name. */
  String list(String name, long... values) {
    return constant(name, TensorProto.DataType.INT64, longs(values), values.length);
  }

  /** Adds a number, and returns its name. */
  String floatScalar(String name, float value) {
    return constant(name, TensorProto.DataType.FLOAT, floats(value));
  }

  /** Adds a vector or a matrix, row by row, and returns its name. */
  String floats(String name, float[] values, long... dimensions) {
    return constant(name, TensorProto.DataType.FLOAT, floats(values), dimensions);
  }

  private String constant(
      String name, TensorProto.DataType type, ByteString data, long... dimensions) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(PREFIX + name)
            .setDataType(type.getNumber())
            .setRawData(data);
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    constants.add(tensor.build());
    return PREFIX + name;
  }

  private static ByteString longs(long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      bytes.putLong(value);
    }
    return ByteString.copyFrom(bytes.flip());
  }

  private static ByteString floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return ByteString.copyFrom(bytes.flip());
  }
}
