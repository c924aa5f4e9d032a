package dev.streambed.importer.nomic.graph.linear;

import dev.streambed.importer.nomic.checkpoint.Tensor;
import org.apiguardian.api.API;

/**
 * A weight as it lies in the checkpoint: consecutive rows of a tensor.
 *
 * @param name of the constant in the graph
 * @param firstRow first row in the tensor
 * @param rows number of rows
 * @param columns number of columns
 */
@API(status = API.Status.INTERNAL)
public record Matrix(
    String name, Tensor tensor, int firstRow, int rows, int columns, Layout layout) {

  /** The meaning of the rows of a weight. */
  public enum Layout {
    /** One row for each result, as PyTorch stores a linear layer: y = x W^T. */
    ROW_PER_OUTPUT,
    /** One row for each input: y = x W. */
    ROW_PER_INPUT
  }

  /** All of a tensor with two axes, as a linear layer. */
  public static Matrix linear(Tensor tensor) {
    return rowsOf(
        tensor, tensor.name(), 0, Math.toIntExact(tensor.shape().get(0)), Layout.ROW_PER_OUTPUT);
  }

  public static Matrix rowsOf(Tensor tensor, String name, int firstRow, int rows, Layout layout) {
    return new Matrix(name, tensor, firstRow, rows, tensor.rowLength(), layout);
  }

  /** Length of a result row. */
  int outputs() {
    return layout == Layout.ROW_PER_OUTPUT ? rows : columns;
  }

  /** Length of an input row. */
  int inputs() {
    return layout == Layout.ROW_PER_OUTPUT ? columns : rows;
  }
}
