package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Tensor;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import java.util.List;

/**
 * Chooses the experts of each token: p = softmax(x Wr^T) over all experts, then the two largest,
 * used as they are (not made to sum to 1). Always in 32-bit floats, whatever the precision of the
 * graph: a small error here changes the choice.
 */
final class Router {
  private final Network network;

  /**
   * @param weights the two weights of each token, the larger first, [N, 2]
   * @param experts their experts, int64 [N, 2]
   */
  record Choice(String weights, String experts) {}

  Router(Network network) {
    this.network = network;
  }

  Choice append(String name, String x, String tensors) {
    GraphBuilder graph = network.graph();
    String scores =
        graph.add(
            "Softmax",
            name + "/probabilities",
            List.of(logits(name + "/logits", x, tensors)),
            attribute("axis", -1));
    var choice = new Choice(name + "/weights", name + "/experts");
    graph.addWithResults(
        "TopK",
        List.of(scores, graph.vector(CheckpointConfig.EXPERTS_PER_TOKEN)),
        List.of(choice.weights(), choice.experts()),
        attribute("axis", -1),
        attribute("largest", 1),
        attribute("sorted", 1));
    return choice;
  }

  /** The scores before the softmax, [N, E]. */
  String logits(String name, String x, String tensors) {
    Tensor weight = network.checkpoint().tensor(tensors + "router.layer.weight");
    String constant =
        network
            .graph()
            .constant(
                network
                    .weights()
                    .floats(
                        weight.name(), weight, 0, weight.shape().get(0), weight.shape().get(1)));
    return network.graph().add("Gemm", name, List.of(x, constant), attribute("transB", 1));
  }
}
