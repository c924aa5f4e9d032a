package dev.streambed.importer.nomic.graph.linear;

import dev.streambed.importer.nomic.checkpoint.Tensor;
import org.apiguardian.api.API;

/**
 * How rows of activations are multiplied with weights: the part of the graph that depends on its
 * precision.
 */
@API(status = API.Status.INTERNAL)
public interface Linear {
  /** Looks up rows of a table, 32-bit floats [n, width]. */
  String lookUp(String name, Tensor table, String rows);

  /** Prepares 32-bit activations, [n, in], once for all products they enter. */
  Operand prepare(String name, String x);

  /**
   * Prepares the results of a GELU, 32-bit floats [n, in], none below -0.17; otherwise as {@link
   * #prepare}.
   */
  Operand prepareActivated(String name, String x);

  /** Some rows of prepared activations; {@code rows} may be empty. */
  Operand select(String name, Operand x, String rows);

  /** Appends the product, 32-bit floats [n, out]. */
  String multiply(String name, Operand x, Matrix weight);

  /** Converts 32-bit floats to the type that attention is computed in. */
  String toAttention(String name, String x);

  /** Converts the result of attention back to 32-bit floats. */
  String fromAttention(String name, String x);

  /**
   * Prepared activations.
   *
   * @param values name of the activations in the precision of the product
   * @param scales name of what each row of the product must be multiplied by, [n, 1]; empty if
   *     nothing
   * @param zeroPoint value that stands for 0 in the activations
   */
  record Operand(String values, String scales, int zeroPoint) {
    /** Activations in a floating-point type. */
    static Operand floating(String values) {
      return new Operand(values, "", 0);
    }
  }
}
