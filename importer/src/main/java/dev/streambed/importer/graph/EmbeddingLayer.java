package dev.streambed.importer.graph;

import static dev.streambed.importer.graph.GraphBuilder.attribute;

import dev.streambed.importer.checkpoint.Tensor;
import java.util.List;

/** x = LN(word[id] + type[0]). There are no position embeddings, and nothing is scaled. */
final class EmbeddingLayer {
  private final Network network;

  EmbeddingLayer(Network network) {
    this.network = network;
  }

  String append(String name) {
    GraphBuilder graph = network.graph();
    Tensor words = network.checkpoint().tensor("embeddings.word_embeddings.weight");
    String table =
        graph.constant(
            network
                .weights()
                .floats(words.name(), words, 0, words.shape().get(0), words.shape().get(1)));
    String word =
        graph.add(
            "Gather",
            "embedding/word",
            List.of(table, network.packing().ids),
            attribute("axis", 0));
    String type = network.vector("embeddings.token_type_embeddings.weight"); // its only row
    String sum = graph.add("Add", "embedding/sum", List.of(word, type));
    return network.layerNorm(name, sum, "emb_ln");
  }
}
