package dev.streambed.importer.graph;

/**
 * How rows of activations are multiplied with weights: the part of the graph that depends on its
 * precision.
 */
interface Linear {
  /**
   * Prepares 32-bit activations, [n, in], once for all products they enter.
   *
   * @return a handle for {@link #multiply}
   */
  Operand prepare(String name, String x);

  /** Some rows of prepared activations; {@code rows} may be empty. */
  Operand select(String name, Operand x, String rows);

  /** Appends the product, 32-bit floats [n, out]. */
  String multiply(String name, Operand x, Matrix weight);

  /**
   * Prepared activations.
   *
   * @param values name of the activations in the precision of the product
   * @param scales name of what the product must be multiplied by, [n, 1]; empty if nothing
   */
  record Operand(String values, String scales) {}
}
