package dev.streambed.importer.nomic.graph.linear;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.file.WeightStore;
import dev.streambed.importer.nomic.graph.file.WeightsFile;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Products in floats. In 32 bits, weights are used as they are stored. In 16 bits, for CUDA,
 * weights are rounded once, activations before each product, and what comes out is 32-bit again, so
 * that residual sums and norms keep their precision.
 */
@API(status = API.Status.INTERNAL)
public final class FloatLinear implements Linear {
  private final GraphBuilder graph;
  private final WeightStore weights;
  private final DataType type;

  /** In 32 bits. */
  public FloatLinear(GraphBuilder graph, WeightStore weights) {
    this(graph, weights, DataType.FLOAT);
  }

  private FloatLinear(GraphBuilder graph, WeightStore weights, DataType type) {
    this.graph = graph;
    this.weights = weights;
    this.type = type;
  }

  public static FloatLinear in16Bits(GraphBuilder graph, WeightsFile weights) {
    return new FloatLinear(graph, weights::halves, DataType.FLOAT16);
  }

  @Override
  public String lookUp(String name, Tensor table, String rows) {
    long width = table.rowLength();
    String constant =
        graph.constant(weights.floats(table.name(), table, 0, table.shape().get(0), width));
    String found =
        graph.add("Gather", productName(name), List.of(constant, rows), attribute("axis", 0));
    return fromType(name, found);
  }

  @Override
  public Operand prepare(String name, String x) {
    return Operand.floating(toType(name, x));
  }

  @Override
  public Operand prepareActivated(String name, String x) {
    return prepare(name, x);
  }

  @Override
  public Operand select(String name, Operand x, String rows) {
    return Operand.floating(
        graph.add("Gather", name, List.of(x.values(), rows), attribute("axis", 0)));
  }

  @Override
  public String multiply(String name, Operand x, Matrix weight) {
    String constant =
        graph.constant(
            weights.floats(
                weight.name(),
                weight.tensor(),
                weight.firstRow(),
                weight.rows(),
                weight.columns()));
    List<String> inputs = List.of(x.values(), constant);
    String product =
        switch (weight.layout()) {
          case ROW_PER_OUTPUT ->
              graph.add("Gemm", productName(name), inputs, attribute("transB", 1));
          case ROW_PER_INPUT -> graph.add("MatMul", productName(name), inputs);
        };
    return fromType(name, product);
  }

  @Override
  public String toAttention(String name, String x) {
    return toType(name, x);
  }

  @Override
  public String fromAttention(String name, String x) {
    return fromType(name, x);
  }

  /** A result in 16 bits has a name of its own; the 32 bits that it becomes have the name. */
  private String productName(String name) {
    return type == DataType.FLOAT ? name : name + "/half";
  }

  private String toType(String name, String x) {
    return type == DataType.FLOAT ? x : cast(name, x, type);
  }

  private String fromType(String name, String x) {
    return type == DataType.FLOAT ? x : cast(name, x, DataType.FLOAT);
  }

  private String cast(String name, String x, DataType to) {
    return graph.add("Cast", name, List.of(x), attribute("to", to.getNumber()));
  }
}
