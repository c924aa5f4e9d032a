package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.streambed.embedder.model.Pooling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns the graph of an encoder into the graph Streambed runs: {@code input_ids} and {@code
 * attention_mask} in, one pooled vector a text out.
 *
 * <p>The mean is a running sum ({@code CumSum}) whose last row is taken. A running sum adds the
 * rows in their order, so the zeros that padding adds at the end change no bit of the result;
 * {@code ReduceSum} and {@code MatMul} add in an order that depends on the padded length (measured:
 * docs/decisions/0041).
 */
final class PooledGraph {
  /** The one output of every graph that Streambed runs. */
  static final String OUTPUT = "pooled";

  static final String INPUT_IDS = "input_ids";
  static final String ATTENTION_MASK = "attention_mask";
  static final String TOKEN_TYPE_IDS = "token_type_ids";
  static final String LAST_HIDDEN_STATE = "last_hidden_state";

  /** The oldest opset that has CumSum. */
  static final long MINIMUM_OPSET = 11;

  private static final long IR_VERSION_WITHOUT_WEIGHTS_AS_INPUTS = 4;
  private static final String PREFIX = "streambed/";
  private static final float SMALLEST_COUNT =
      1e-9f; // as sentence-transformers; a mask of zeros gives zeros, not NaN

  private final GraphProto encoder;
  private final List<NodeProto> nodes = new ArrayList<>();
  private final List<TensorProto> constants = new ArrayList<>();

  private PooledGraph(GraphProto encoder) {
    this.encoder = encoder;
  }

  /** Whether a value of this name would clash with what {@link #append} adds. */
  static boolean isReserved(String name) {
    return name.equals(OUTPUT) || name.startsWith(PREFIX);
  }

  /** Returns {@code model} with its token types folded to zeros and {@code pooling} appended. */
  static ModelProto append(ModelProto model, Pooling pooling, int hiddenSize) {
    return new PooledGraph(model.getGraph()).build(model, pooling, hiddenSize);
  }

  private ModelProto build(ModelProto model, Pooling pooling, int hiddenSize) {
    foldTokenTypes();
    nodes.addAll(encoder.getNodeList());
    switch (pooling) {
      case MEAN -> appendMean();
      case CLS -> appendCls();
    }
    List<NodeProto> needed = neededNodes();
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName(encoder.getName().isEmpty() ? "encoder" : encoder.getName())
            .addAllNode(needed)
            .addAllInitializer(neededInitializers(needed))
            .addAllSparseInitializer(encoder.getSparseInitializerList())
            .addAllQuantizationAnnotation(encoder.getQuantizationAnnotationList())
            .addInput(value(INPUT_IDS, TensorProto.DataType.INT64, "sequence"))
            .addInput(value(ATTENTION_MASK, TensorProto.DataType.INT64, "sequence"))
            .addOutput(value(OUTPUT, TensorProto.DataType.FLOAT, hiddenSize));
    return model.toBuilder()
        .setIrVersion(Math.max(model.getIrVersion(), IR_VERSION_WITHOUT_WEIGHTS_AS_INPUTS))
        .setGraph(graph)
        .build();
  }

  /** Makes {@code token_type_ids} a tensor of zeros as large as {@code input_ids}. */
  private void foldTokenTypes() {
    boolean hasTokenTypes =
        encoder.getInputList().stream().anyMatch(in -> in.getName().equals(TOKEN_TYPE_IDS));
    if (!hasTokenTypes) {
      return;
    }
    add("Shape", List.of(INPUT_IDS), PREFIX + "shape");
    TensorProto zero =
        TensorProto.newBuilder()
            .addDims(1)
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addInt64Data(0)
            .build();
    add(
        "ConstantOfShape",
        List.of(PREFIX + "shape"),
        TOKEN_TYPE_IDS,
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(zero)
            .build());
  }

  /** sum over the tokens of hidden * mask, divided by max(sum of mask, 1e-9). */
  private void appendMean() {
    String column =
        constant("column", longs(0, -1, 1), 3); // [batch, sequence] -> [batch, sequence, 1]
    String tokenAxis = scalar("axis", 1L);
    String last = scalar("last", -1L);
    String smallest = floatScalar("smallest", SMALLEST_COUNT);
    String mask =
        add(
            "Cast",
            List.of(ATTENTION_MASK),
            PREFIX + "mask",
            integer("to", TensorProto.DataType.FLOAT.getNumber()));
    String weights = add("Reshape", List.of(mask, column), PREFIX + "weights");
    String weighted = add("Mul", List.of(LAST_HIDDEN_STATE, weights), PREFIX + "weighted");
    String sums = add("CumSum", List.of(weighted, tokenAxis), PREFIX + "sums");
    String sum = add("Gather", List.of(sums, last), PREFIX + "sum", integer("axis", 1));
    String counts = add("CumSum", List.of(weights, tokenAxis), PREFIX + "counts");
    String count = add("Gather", List.of(counts, last), PREFIX + "count", integer("axis", 1));
    String divisor = add("Max", List.of(count, smallest), PREFIX + "divisor");
    add("Div", List.of(sum, divisor), OUTPUT);
  }

  private void appendCls() {
    add("Gather", List.of(LAST_HIDDEN_STATE, scalar("first", 0L)), OUTPUT, integer("axis", 1));
  }

  /**
   * The nodes that the output needs, in their order; a pooler or a classifier beside it is left
   * out.
   */
  private List<NodeProto> neededNodes() {
    Set<String> wanted = new HashSet<>(Set.of(OUTPUT));
    ArrayList<NodeProto> needed = new ArrayList<>();
    for (int i = nodes.size() - 1;
        i >= 0;
        i--) { // producers come before consumers in an ONNX graph
      NodeProto node = nodes.get(i);
      if (node.getOutputList().stream().anyMatch(wanted::contains)) {
        wanted.addAll(referencedNames(node));
        needed.add(0, node);
      }
    }
    return needed;
  }

  private List<TensorProto> neededInitializers(List<NodeProto> needed) {
    Set<String> wanted = new HashSet<>();
    needed.forEach(node -> wanted.addAll(referencedNames(node)));
    List<TensorProto> initializers = new ArrayList<>();
    encoder.getInitializerList().stream()
        .filter(tensor -> wanted.contains(tensor.getName()))
        .forEach(initializers::add);
    initializers.addAll(constants);
    return initializers;
  }

  /** Inputs of a node and of the graphs inside it (If, Loop), which see the names around them. */
  static Set<String> referencedNames(NodeProto node) {
    Set<String> names = new HashSet<>(node.getInputList());
    for (AttributeProto attribute : node.getAttributeList()) {
      List<GraphProto> inner = new ArrayList<>(attribute.getGraphsList());
      if (attribute.hasG()) {
        inner.add(attribute.getG());
      }
      for (GraphProto graph : inner) {
        graph.getNodeList().forEach(innerNode -> names.addAll(referencedNames(innerNode)));
        graph.getOutputList().forEach(output -> names.add(output.getName()));
      }
    }
    return names;
  }

  private String add(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
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

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private String scalar(String name, long value) {
    return constant(name, longs(value));
  }

  private String constant(String name, ByteString data, long... dimensions) {
    return constant(name, TensorProto.DataType.INT64, data, dimensions);
  }

  private String floatScalar(String name, float value) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, value);
    return constant(name, TensorProto.DataType.FLOAT, ByteString.copyFrom(bytes));
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

  private static ValueInfoProto value(
      String name, TensorProto.DataType type, Object secondDimension) {
    TensorShapeProto.Dimension second =
        secondDimension instanceof Integer size
            ? TensorShapeProto.Dimension.newBuilder().setDimValue(size).build()
            : TensorShapeProto.Dimension.newBuilder().setDimParam((String) secondDimension).build();
    TensorShapeProto shape =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"))
            .addDim(second)
            .build();
    TypeProto.Tensor tensor =
        TypeProto.Tensor.newBuilder().setElemType(type.getNumber()).setShape(shape).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
