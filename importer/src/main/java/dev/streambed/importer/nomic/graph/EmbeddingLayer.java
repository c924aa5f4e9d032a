package dev.streambed.importer.nomic.graph;

import dev.streambed.importer.nomic.checkpoint.Tensor;
import java.util.List;
import org.apiguardian.api.API;

/** x = LN(word[id] + type[0]). There are no position embeddings, and nothing is scaled. */
@API(status = API.Status.INTERNAL)
public final class EmbeddingLayer {
  private final Network network;

  public EmbeddingLayer(Network network) {
    this.network = network;
  }

  public String append(String name) {
    Tensor words = network.checkpoint().tensor("embeddings.word_embeddings.weight");
    String word = network.linear().lookUp("embedding/word", words, network.packing().ids);
    String type = network.vector("embeddings.token_type_embeddings.weight"); // its only row
    String sum = network.graph().add("Add", "embedding/sum", List.of(word, type));
    return network.layerNorm(name, sum, "emb_ln");
  }
}
