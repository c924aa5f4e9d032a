package dev.streambed.importer.nomic.graph;

import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.linear.Linear;
import dev.streambed.importer.nomic.graph.linear.Matrix;
import dev.streambed.importer.nomic.graph.linear.Matrix.Layout;

/**
 * The experts of one layer: gelu(x w1^T) w2. Both tensors hold F rows of H values for each expert,
 * one after the other; w1 is applied transposed, w2 as it is. Experts have no biases.
 */
final class Experts {
  private final Network network;
  private final String tensors;

  Experts(Network network, String tensors) {
    this.network = network;
    this.tensors = tensors;
  }

  /** Appends one expert; {@code x} may have no rows. */
  String append(String name, Linear.Operand x, int expert) {
    Linear linear = network.linear();
    String inner = linear.multiply(name + "/inner", x, weight("w1", expert, Layout.ROW_PER_OUTPUT));
    String active = network.gelu(name + "/gelu", inner);
    return linear.multiply(
        name,
        linear.prepareActivated(name + "/active", active),
        weight("w2", expert, Layout.ROW_PER_INPUT));
  }

  private Matrix weight(String which, int expert, Layout layout) {
    CheckpointConfig config = network.config();
    String tensor = tensors + "experts.mlp." + which;
    return Matrix.rowsOf(
        network.checkpoint().tensor(tensor),
        tensor + "/" + expert,
        expert * config.innerSize(),
        config.innerSize(),
        layout);
  }
}
