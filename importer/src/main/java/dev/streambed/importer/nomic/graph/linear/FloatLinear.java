package dev.streambed.importer.nomic.graph.linear;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.file.WeightStore;
import java.util.List;

/** Products in 32-bit floats, with weights used as they are stored. */
public final class FloatLinear implements Linear {
  private final GraphBuilder graph;
  private final WeightStore weights;

  public FloatLinear(GraphBuilder graph, WeightStore weights) {
    this.graph = graph;
    this.weights = weights;
  }

  @Override
  public String lookUp(String name, Tensor table, String rows) {
    long width = table.rowLength();
    String constant =
        graph.constant(weights.floats(table.name(), table, 0, table.shape().get(0), width));
    return graph.add("Gather", name, List.of(constant, rows), attribute("axis", 0));
  }

  @Override
  public Operand prepare(String name, String x) {
    return Operand.floating(x);
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
    return switch (weight.layout()) {
      case ROW_PER_OUTPUT -> graph.add("Gemm", name, inputs, attribute("transB", 1));
      case ROW_PER_INPUT -> graph.add("MatMul", name, inputs);
    };
  }

  @Override
  public String toAttention(String name, String x) {
    return x;
  }

  @Override
  public String fromAttention(String name, String x) {
    return x;
  }
}
