package dev.streambed.importer.nomic.graph.linear;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.file.WeightsFile;
import java.util.List;

/**
 * Products in 16-bit floats, for CUDA: weights are rounded once, activations before each product,
 * and what comes out is 32-bit again, so that residual sums and norms keep their precision.
 */
public final class HalfLinear implements Linear {
  private final GraphBuilder graph;
  private final WeightsFile weights;

  public HalfLinear(GraphBuilder graph, WeightsFile weights) {
    this.graph = graph;
    this.weights = weights;
  }

  @Override
  public String lookUp(String name, Tensor table, String rows) {
    long width = table.rowLength();
    String constant =
        graph.constant(weights.halves(table.name(), table, 0, table.shape().get(0), width));
    String found =
        graph.add("Gather", name + "/half", List.of(constant, rows), attribute("axis", 0));
    return cast(name, found, DataType.FLOAT);
  }

  @Override
  public Operand prepare(String name, String x) {
    return Operand.floating(cast(name, x, DataType.FLOAT16));
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
            weights.halves(
                weight.name(),
                weight.tensor(),
                weight.firstRow(),
                weight.rows(),
                weight.columns()));
    List<String> inputs = List.of(x.values(), constant);
    String product =
        switch (weight.layout()) {
          case ROW_PER_OUTPUT -> graph.add("Gemm", name + "/half", inputs, attribute("transB", 1));
          case ROW_PER_INPUT -> graph.add("MatMul", name + "/half", inputs);
        };
    return cast(name, product, DataType.FLOAT);
  }

  @Override
  public String toAttention(String name, String x) {
    return cast(name, x, DataType.FLOAT16);
  }

  @Override
  public String fromAttention(String name, String x) {
    return cast(name, x, DataType.FLOAT);
  }

  private String cast(String name, String x, DataType type) {
    return graph.add("Cast", name, List.of(x), attribute("to", type.getNumber()));
  }
}
