package dev.streambed.importer.nomic.graph.linear;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.file.WeightsFile;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * Products in 8-bit integers: each output channel of a weight has a scale, fixed at import, and
 * each row of activations has one, found at run time. A row's result depends on that row alone,
 * never on its batch-mates, and the sums of integers are exact in any order.
 *
 * <p>For a row x: s = max |x| / 127, q = round(x / s) + 128, unsigned; y = s ((q - 128) W) with W
 * as quantised. The results of a GELU reach down to -0.17 only: there, zero is 32 and s = max(x) /
 * 223 (at least 0.17 / 32), which rounds nearly twice as finely.
 */
@API(status = API.Status.INTERNAL)
public final class QuantisedLinear implements Linear {
  private static final int LARGEST = 255; // of an unsigned 8-bit integer
  private static final int ZERO_POINT = 128;
  private static final int ACTIVATED_ZERO_POINT = 32;
  private static final float ACTIVATED_MINIMUM = 0.17f; // -0.16997 is the least value of GELU
  private static final float SMALLEST_SCALE = 1e-12f; // a row of zeros has no scale of its own

  private final GraphBuilder graph;
  private final WeightsFile weights;
  private final Map<String, TypicalInputs> inputs;

  /**
   * Rounds weights for what they are multiplied with.
   *
   * @param inputs by the names of the weights; a weight that is missing is rounded to the nearest
   */
  public QuantisedLinear(
      GraphBuilder graph, WeightsFile weights, Map<String, TypicalInputs> inputs) {
    this.graph = graph;
    this.weights = weights;
    this.inputs = Map.copyOf(inputs);
  }

  /** The word table is only looked up, never multiplied: it stays in floats, in the file. */
  @Override
  public String lookUp(String name, Tensor table, String rows) {
    return new FloatLinear(graph, weights).lookUp(name, table, rows);
  }

  @Override
  public Operand prepare(String name, String x) {
    String magnitude = graph.add("Abs", name + "/magnitude", List.of(x));
    return quantise(name, x, magnitude, ZERO_POINT, SMALLEST_SCALE);
  }

  @Override
  public Operand prepareActivated(String name, String x) {
    float smallestScale = ACTIVATED_MINIMUM / ACTIVATED_ZERO_POINT;
    return quantise(name, x, x, ACTIVATED_ZERO_POINT, smallestScale);
  }

  private Operand quantise(
      String name, String x, String magnitude, int zeroPoint, float smallestScale) {
    String largest =
        graph.add(
            "ReduceMax",
            name + "/largest",
            List.of(magnitude, graph.vector(1)),
            attribute("keepdims", 0));
    String perStep = graph.scalar(1f / (LARGEST - zeroPoint));
    String step = graph.add("Mul", name + "/step", List.of(largest, perStep));
    String scale = graph.add("Max", name + "/scale", List.of(step, graph.scalar(smallestScale)));
    String rows = graph.add("Shape", name + "/rows", List.of(scale));
    String zeroPoints =
        graph.add(
            "ConstantOfShape", name + "/zero_points", List.of(rows), zeroPointAttribute(zeroPoint));
    String values =
        graph.add(
            "QuantizeLinear",
            name + "/values",
            List.of(x, scale, zeroPoints),
            attribute("axis", 0));
    String scales = graph.add("Unsqueeze", name + "/scales", List.of(scale, graph.vector(1)));
    return new Operand(values, scales, zeroPoint);
  }

  @Override
  public Operand select(String name, Operand x, String rows) {
    String values =
        graph.add("Gather", name + "/values", List.of(x.values(), rows), attribute("axis", 0));
    String scales =
        graph.add("Gather", name + "/scales", List.of(x.scales(), rows), attribute("axis", 0));
    return new Operand(values, scales, x.zeroPoint());
  }

  @Override
  public String multiply(String name, Operand x, Matrix weight) {
    var quantised = QuantisedMatrix.of(weight, inputs.get(weight.name()));
    String values =
        graph.constant(
            weights.append(
                weight.name() + "/values",
                DataType.INT8,
                quantised.valuesByInput(),
                weight.inputs(),
                weight.outputs()));
    String channelScales =
        graph.constant(
            weights.append(
                weight.name() + "/scales",
                DataType.FLOAT,
                WeightsFile.floatBytes(quantised.scales()),
                weight.outputs()));
    String product =
        graph.addMicrosoft(
            "MatMulIntegerToFloat",
            name + "/product",
            List.of(
                x.values(),
                values,
                graph.scalar(1f),
                channelScales,
                zeroPoint(x.zeroPoint()),
                weightZeroPoint(weight)));
    return graph.add("Mul", name, List.of(product, x.scales()));
  }

  @Override
  public String toAttention(String name, String x) {
    return x;
  }

  @Override
  public String fromAttention(String name, String x) {
    return x;
  }

  private String zeroPoint(int value) {
    return graph.constant(unsigned("constant/zero_point_" + value, value).build());
  }

  /**
   * Written out, one for each weight: where ONNX Runtime makes the weights unsigned, it ends the
   * process if there is none, and fails if two weights share it (docs/decisions/0012).
   */
  private String weightZeroPoint(Matrix weight) {
    return graph.constant(
        TensorProto.newBuilder()
            .setName("constant/zero_point_of/" + weight.name())
            .setDataType(DataType.INT8.getNumber())
            .addInt32Data(0)
            .build());
  }

  private static AttributeProto zeroPointAttribute(int value) {
    return AttributeProto.newBuilder()
        .setName("value")
        .setType(AttributeProto.AttributeType.TENSOR)
        .setT(unsigned("", value).addDims(1))
        .build();
  }

  private static TensorProto.Builder unsigned(String name, int value) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(DataType.UINT8.getNumber())
        .addInt32Data(value);
  }
}
