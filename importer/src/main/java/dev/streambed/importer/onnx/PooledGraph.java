package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Turns the graph of an encoder into the graph Streambed runs: {@code input_ids} and {@code
 * attention_mask} in, one pooled vector per text out.
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

  /** The oldest opset that has CumSum. */
  static final long MINIMUM_OPSET = 11;

  /** The opset since which the axes of ReduceMax are an input. */
  private static final long AXES_AS_INPUT = 18;

  private static final long IR_VERSION_WITHOUT_WEIGHTS_AS_INPUTS = 4;
  private static final float SMALLEST_COUNT =
      1e-9f; // as sentence-transformers; a mask of zeros gives zeros, not NaN

  private final GraphProto encoder;
  private final long opset;
  private final String hiddenStates;
  private final AddedNodes added = new AddedNodes();
  private final List<NodeProto> nodes = new ArrayList<>();

  private PooledGraph(GraphProto encoder, long opset, String hiddenStates) {
    this.encoder = encoder;
    this.opset = opset;
    this.hiddenStates = hiddenStates;
  }

  /** Whether a value of this name would clash with what {@link #append} adds. */
  static boolean isReserved(String name) {
    return name.equals(OUTPUT) || AddedNodes.isReserved(name);
  }

  /**
   * Returns {@code model} with its token types folded to zeros, and pooling and layers appended.
   *
   * @param opset that the model uses
   * @param hiddenStates its output of a vector for each token
   * @param hiddenSize length of such a vector
   */
  static ModelProto append(
      ModelProto model, long opset, String hiddenStates, int hiddenSize, PoolingPlan plan) {
    return new PooledGraph(model.getGraph(), opset, hiddenStates).build(model, hiddenSize, plan);
  }

  private ModelProto build(ModelProto model, int hiddenSize, PoolingPlan plan) {
    foldTokenTypes();
    nodes.addAll(added.nodes());
    nodes.addAll(encoder.getNodeList());
    added.nodes().clear();
    String pooled = plan.layers().isEmpty() ? OUTPUT : AddedNodes.named("pooled");
    switch (plan.pooling()) {
      case MEAN -> appendMean(pooled);
      case CLS -> appendCls(pooled);
      case MAX -> appendMax(pooled);
    }
    int dimensions = new SentenceLayers(added, plan.layers()).append(pooled, hiddenSize, OUTPUT);
    nodes.addAll(added.nodes());
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
            .addOutput(value(OUTPUT, TensorProto.DataType.FLOAT, dimensions));
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
    String shape = added.add("Shape", List.of(INPUT_IDS), AddedNodes.named("shape"));
    TensorProto zero =
        TensorProto.newBuilder()
            .addDims(1)
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addInt64Data(0)
            .build();
    added.add(
        "ConstantOfShape",
        List.of(shape),
        TOKEN_TYPE_IDS,
        AttributeProto.newBuilder()
            .setName("value")
            .setType(AttributeProto.AttributeType.TENSOR)
            .setT(zero)
            .build());
  }

  /** sum over the tokens of hidden * mask, divided by max(sum of mask, 1e-9). */
  private void appendMean(String pooled) {
    String column = added.list("column", 0, -1, 1); // [batch, sequence] -> [batch, sequence, 1]
    String tokenAxis = added.scalar("axis", 1L);
    String last = added.scalar("last", -1L);
    String smallest = added.floatScalar("smallest", SMALLEST_COUNT);
    String mask = add("Cast", List.of(ATTENTION_MASK), "mask", to(TensorProto.DataType.FLOAT));
    String weights = add("Reshape", List.of(mask, column), "weights");
    String weighted = add("Mul", List.of(hiddenStates, weights), "weighted");
    String sums = add("CumSum", List.of(weighted, tokenAxis), "sums");
    String sum = add("Gather", List.of(sums, last), "sum", AddedNodes.integer("axis", 1));
    String counts = add("CumSum", List.of(weights, tokenAxis), "counts");
    String count = add("Gather", List.of(counts, last), "count", AddedNodes.integer("axis", 1));
    String divisor = add("Max", List.of(count, smallest), "divisor");
    added.add("Div", List.of(sum, divisor), pooled);
  }

  private void appendCls(String pooled) {
    added.add(
        "Gather",
        List.of(hiddenStates, added.scalar("first", 0L)),
        pooled,
        AddedNodes.integer("axis", 1));
  }

  /** The greatest of each component, where padding is smaller than all. */
  private void appendMax(String pooled) {
    String column = added.list("column", 0, -1, 1); // [batch, sequence] -> [batch, sequence, 1]
    String least = added.floatScalar("least", -Float.MAX_VALUE);
    String mask = add("Cast", List.of(ATTENTION_MASK), "mask", to(TensorProto.DataType.BOOL));
    String isToken = add("Reshape", List.of(mask, column), "is_token");
    String tokens = add("Where", List.of(isToken, hiddenStates, least), "tokens");
    AttributeProto dropsAxis = AddedNodes.integer("keepdims", 0);
    if (opset >= AXES_AS_INPUT) {
      String axes = added.list("axes", 1);
      added.add("ReduceMax", List.of(tokens, axes), pooled, dropsAxis);
    } else {
      added.add("ReduceMax", List.of(tokens), pooled, AddedNodes.integers("axes", 1), dropsAxis);
    }
  }

  private String add(
      String operator, List<String> inputs, String output, AttributeProto... attributes) {
    return added.add(operator, inputs, AddedNodes.named(output), attributes);
  }

  private static AttributeProto to(TensorProto.DataType type) {
    return AddedNodes.integer("to", type.getNumber());
  }

  /** The nodes that the output needs, in their order, without a pooler or classifier beside it. */
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
    initializers.addAll(added.constants());
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
