package dev.streambed.importer.nomic.graph.file;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apiguardian.api.API;

/**
 * Collects the nodes and constants of a graph, in the order in which they are computed. A node and
 * its first result have the same name; names are paths such as {@code layer_3/attention/query}.
 */
@API(status = API.Status.INTERNAL)
public final class GraphBuilder {
  /** The first opset with Attention and RotaryEmbedding as standard operators. */
  private static final int OPSET = 23;

  private static final int IR_VERSION = 11;
  private static final String MICROSOFT = "com.microsoft";

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Set<String> constants = new HashSet<>();

  /** Appends a standard operator with one result and returns the result's name. */
  public String add(
      String operator, String name, List<String> inputs, AttributeProto... attributes) {
    return addNode("", operator, name, inputs, List.of(name), attributes);
  }

  /** Appends an operator of ONNX Runtime's own with one result and returns the result's name. */
  public String addMicrosoft(
      String operator, String name, List<String> inputs, AttributeProto... attributes) {
    return addNode(MICROSOFT, operator, name, inputs, List.of(name), attributes);
  }

  /** Appends a standard operator whose results get the names that are given. */
  public void addWithResults(
      String operator, List<String> inputs, List<String> results, AttributeProto... attributes) {
    addNode("", operator, results.get(0), inputs, results, attributes);
  }

  private String addNode(
      String domain,
      String operator,
      String name,
      List<String> inputs,
      List<String> results,
      AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setDomain(domain)
            .setOpType(operator)
            .setName(name)
            .addAllInput(inputs)
            .addAllOutput(results)
            .addAllAttribute(List.of(attributes)));
    return name;
  }

  /**
   * Adds a constant, inside the graph or beside it, and returns its name; a name already there is
   * kept.
   */
  public String constant(TensorProto tensor) {
    if (constants.add(tensor.getName())) {
      graph.addInitializer(tensor);
    }
    return tensor.getName();
  }

  /** An integer constant without axes. */
  public String scalar(long value) {
    return constant(
        TensorProto.newBuilder()
            .setName("constant/" + value)
            .setDataType(DataType.INT64.getNumber())
            .addInt64Data(value)
            .build());
  }

  /** An integer constant with one axis. */
  public String vector(long... values) {
    var tensor =
        TensorProto.newBuilder()
            .setName("constant/" + java.util.Arrays.toString(values))
            .setDataType(DataType.INT64.getNumber())
            .addDims(values.length);
    for (long value : values) {
      tensor.addInt64Data(value);
    }
    return constant(tensor.build());
  }

  /** A float constant without axes. */
  public String scalar(float value) {
    return constant(
        TensorProto.newBuilder()
            .setName("constant/" + value)
            .setDataType(DataType.FLOAT.getNumber())
            .addFloatData(value)
            .build());
  }

  /** A float matrix that is kept inside the graph; for small ones. */
  public String matrix(String name, float[][] rows) {
    ByteBuffer bytes =
        ByteBuffer.allocate(rows.length * rows[0].length * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      bytes.asFloatBuffer().put(row);
      bytes.position(bytes.position() + row.length * Float.BYTES);
    }
    return constant(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(DataType.FLOAT.getNumber())
            .addDims(rows.length)
            .addDims(rows[0].length)
            .setRawData(ByteString.copyFrom(bytes.flip()))
            .build());
  }

  public void input(String name, DataType type, String... axes) {
    graph.addInput(value(name, type, axes));
  }

  public void output(String name, DataType type, String... axes) {
    graph.addOutput(value(name, type, axes));
  }

  public ModelProto build(String graphName) {
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("streambed")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1))
        .setGraph(graph.setName(graphName))
        .build();
  }

  public static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  public static AttributeProto attribute(String name, float value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF(value)
        .build();
  }

  public static AttributeProto attribute(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  /** An axis is a number, or a name where its length varies. */
  private static ValueInfoProto value(String name, DataType type, String... axes) {
    var shape = TensorShapeProto.newBuilder();
    for (String axis : axes) {
      if (Character.isDigit(axis.charAt(0))) {
        shape.addDimBuilder().setDimValue(Long.parseLong(axis));
      } else {
        shape.addDimBuilder().setDimParam(axis);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape)))
        .build();
  }
}
