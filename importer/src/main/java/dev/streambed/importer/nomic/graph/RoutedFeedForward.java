package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.Router.Choice;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.linear.Linear;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * y = w_0 expert_0(x) + w_1 expert_1(x) + bias, where only the two chosen experts of a token are
 * computed, with standard operators and shapes that depend on the data.
 *
 * <p>The 2 N pairs (token, choice) are numbered 2 token + choice. Each expert gathers the tokens of
 * its pairs, and the results of all experts one below the other are a permutation of the pairs; its
 * inverse tells each token where its two results lie. Nothing is scattered or added up in an order
 * that threads could change.
 */
@API(status = API.Status.INTERNAL)
public final class RoutedFeedForward implements FeedForward {
  private static final int CHOICES = CheckpointConfig.EXPERTS_PER_TOKEN;

  private final Network network;
  private final GraphBuilder graph;
  private final Router router;

  public RoutedFeedForward(Network network) {
    this.network = network;
    this.graph = network.graph();
    this.router = new Router(network);
  }

  @Override
  public String append(String name, String x, String tensors) {
    Choice choice = router.append(name + "/router", x, tensors);
    String expertOfPair =
        graph.add("Reshape", name + "/expert_of_pair", List.of(choice.experts(), graph.vector(-1)));
    var experts = new Experts(network, tensors);
    Linear.Operand input = network.linear().prepare(name + "/input", x);
    List<String> pairs = new ArrayList<>();
    List<String> results = new ArrayList<>();
    for (int expert = 0; expert < network.config().experts(); expert++) {
      String expertName = name + "/expert_" + expert;
      String ofExpert = pairsOf(expertName, expertOfPair, expert);
      String tokens =
          graph.add("Div", expertName + "/tokens", List.of(ofExpert, graph.scalar(CHOICES)));
      pairs.add(ofExpert);
      results.add(
          experts.append(
              expertName, network.linear().select(expertName + "/input", input, tokens), expert));
    }
    String sum = weightedSum(name, choice, pairs, results);
    // The bias belongs to the layer: added once, whatever the experts weigh.
    return graph.add("Add", name, List.of(sum, network.vector(tensors + "experts.bias")));
  }

  private String pairsOf(String name, String expertOfPair, int expert) {
    String isExpert =
        graph.add("Equal", name + "/is_chosen", List.of(expertOfPair, graph.scalar(expert)));
    String indices = graph.add("NonZero", name + "/non_zero", List.of(isExpert));
    return graph.add("Reshape", name + "/pairs", List.of(indices, graph.vector(-1)));
  }

  private String weightedSum(String name, Choice choice, List<String> pairs, List<String> results) {
    String permutation = graph.add("Concat", name + "/permutation", pairs, attribute("axis", 0));
    String values = graph.add("Concat", name + "/values", results, attribute("axis", 0));
    String places = placesOfPairs(name + "/places", permutation);
    String first = weighted(name + "/first", values, places, choice, 0);
    String second = weighted(name + "/second", values, places, choice, 1);
    return graph.add("Add", name + "/sum", List.of(first, second));
  }

  /** The inverse of a permutation, as [N, 2]: where the results of a token's two pairs lie. */
  private String placesOfPairs(String name, String permutation) {
    String count = graph.add("Size", name + "/count", List.of(permutation));
    String order =
        graph.add("Range", name + "/order", List.of(graph.scalar(0), count, graph.scalar(1)));
    String inverse =
        graph.add(
            "ScatterElements",
            name + "/inverse",
            List.of(permutation, permutation, order),
            attribute("axis", 0));
    return graph.add("Reshape", name, List.of(inverse, graph.vector(-1, CHOICES)));
  }

  private String weighted(String name, String values, String places, Choice choice, int which) {
    String place =
        graph.add(
            "Gather", name + "/place", List.of(places, graph.scalar(which)), attribute("axis", 1));
    String weight =
        graph.add(
            "Gather",
            name + "/weight",
            List.of(choice.weights(), graph.vector(which)),
            attribute("axis", 1));
    String value =
        graph.add("Gather", name + "/value", List.of(values, place), attribute("axis", 0));
    return graph.add("Mul", name, List.of(value, weight));
  }
}
