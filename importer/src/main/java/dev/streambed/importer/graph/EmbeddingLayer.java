package dev.streambed.importer.graph;

import dev.streambed.importer.checkpoint.Tensor;
import java.util.List;

/** x = LN(word[id] + type[0]). There are no position embeddings, and nothing is scaled. */
final class EmbeddingLayer {
  private final Network network;

  EmbeddingLayer(Network network) {
    this.network = network;
  }

  String append(String name) {
    Tensor words = network.checkpoint().tensor("embeddings.word_embeddings.weight");
    String word = network.linear().lookUp("embedding/word", words, network.packing().ids);
    String type = network.vector("embeddings.token_type_embeddings.weight"); // its only row
    String sum = network.graph().add("Add", "embedding/sum", List.of(word, type));
    return network.layerNorm(name, sum, "emb_ln");
  }
}
