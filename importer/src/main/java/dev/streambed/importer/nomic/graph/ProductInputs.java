package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.streambed.importer.nomic.graph.linear.TypicalInputs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Collects what the weights of a 32-bit graph are multiplied with, text by text. {@link #graph} has
 * one more output, {@link #OUTPUT}: for each input of a product its sum over the tokens, [width],
 * the sum of its squares, and the number of tokens, which is 0 for an expert that no token chose.
 * Confined to one thread.
 */
@API(status = API.Status.INTERNAL)
public final class ProductInputs {
  /** The output that {@link #add} wants for a text; a float vector. */
  public static final String OUTPUT = "product_inputs";

  private static final String LAYERS = "encoder.layers.";
  private static final String TOKEN_AXIS = OUTPUT + "/token_axis";
  private static final String WIDTH_AXIS = OUTPUT + "/width_axis";

  private final ModelProto graph;
  private final Map<String, Integer> widths = new LinkedHashMap<>(); // by input
  private final Map<String, String> inputOf = new HashMap<>(); // by weight
  private final Map<String, Statistics> statistics = new HashMap<>(); // by input

  private static final class Statistics {
    private final double[] sums;
    private double squares;
    private double tokens;

    private Statistics(int width) {
      this.sums = new double[width];
    }

    private TypicalInputs typical() {
      float[] mean = new float[sums.length];
      double variance = squares / tokens;
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (float) (sums[i] / tokens);
        variance -= (double) mean[i] * mean[i];
      }
      return new TypicalInputs(mean, Math.max(0, variance / mean.length));
    }
  }

  private ProductInputs(ModelProto model) {
    Map<String, TensorProto> weights = new HashMap<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getName().startsWith(LAYERS) && tensor.getDimsCount() == 2) {
        weights.put(tensor.getName(), tensor);
      }
    }
    for (NodeProto node : model.getGraph().getNodeList()) {
      boolean isTransposed = node.getOpType().equals("Gemm");
      TensorProto weight = node.getInputCount() < 2 ? null : weights.get(node.getInput(1));
      if (weight != null && (isTransposed || node.getOpType().equals("MatMul"))) {
        widths.put(node.getInput(0), (int) weight.getDims(isTransposed ? 1 : 0));
        inputOf.put(weight.getName(), node.getInput(0));
      }
    }
    this.graph = withOutput(model);
  }

  /**
   * Prepares a graph.
   *
   * @param model a 32-bit graph with routed experts, of {@link NomicGraph}
   */
  public static ProductInputs of(ModelProto model) {
    return new ProductInputs(model);
  }

  /** The graph to run; its weights lie where those of the original do. */
  public ModelProto graph() {
    return graph;
  }

  /** Adds the {@link #OUTPUT} of one text, in a batch of its own. */
  public void add(float[] output) {
    int at = 0;
    for (Map.Entry<String, Integer> input : widths.entrySet()) {
      int width = input.getValue();
      Statistics found = statistics.computeIfAbsent(input.getKey(), name -> new Statistics(width));
      for (int i = 0; i < width; i++) {
        found.sums[i] += output[at + i];
      }
      found.squares += output[at + width];
      found.tokens += output[at + width + 1];
      at += width + 2;
    }
  }

  /** What was found, by weight; without the weights of experts that no token chose. */
  public Map<String, TypicalInputs> byWeight() {
    Map<String, TypicalInputs> result = new HashMap<>();
    inputOf.forEach(
        (weight, input) -> {
          Statistics found = statistics.get(input);
          if (found != null && found.tokens > 0) {
            result.put(weight, found.typical());
          }
        });
    return result;
  }

  private ModelProto withOutput(ModelProto model) {
    GraphProto.Builder builder = model.getGraph().toBuilder();
    builder.addInitializer(axis(TOKEN_AXIS, 0)).addInitializer(axis(WIDTH_AXIS, 1));
    AttributeProto drop = attribute("keepdims", 0);
    List<String> parts = new ArrayList<>();
    for (String input : widths.keySet()) {
      String name = OUTPUT + "/" + input;
      parts.add(node(builder, "ReduceSum", name + "/sum", List.of(input, TOKEN_AXIS), drop));
      String squares =
          node(builder, "ReduceSumSquare", name + "/squares", List.of(input, WIDTH_AXIS), drop);
      parts.add(
          node(
              builder,
              "ReduceSum",
              name + "/sum_of_squares",
              List.of(squares, TOKEN_AXIS),
              attribute("keepdims", 1)));
      String tokens =
          node(
              builder,
              "Shape",
              name + "/tokens",
              List.of(input),
              attribute("start", 0),
              attribute("end", 1));
      parts.add(
          node(
              builder,
              "Cast",
              name + "/count",
              List.of(tokens),
              attribute("to", DataType.FLOAT.getNumber())));
    }
    node(builder, "Concat", OUTPUT, parts, attribute("axis", 0));
    builder.addOutput(
        ValueInfoProto.newBuilder()
            .setName(OUTPUT)
            .setType(
                TypeProto.newBuilder()
                    .setTensorType(
                        TypeProto.Tensor.newBuilder().setElemType(DataType.FLOAT.getNumber()))));
    return model.toBuilder().setGraph(builder).build();
  }

  private static TensorProto axis(String name, long axis) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.INT64.getNumber())
        .addDims(1)
        .addInt64Data(axis)
        .build();
  }

  private static String node(
      GraphProto.Builder builder,
      String operator,
      String name,
      List<String> inputs,
      AttributeProto... attributes) {
    builder.addNode(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(name)
            .addAllInput(inputs)
            .addOutput(name)
            .addAllAttribute(List.of(attributes)));
    return name;
  }
}
