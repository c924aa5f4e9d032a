package dev.streambed.embedder;

import java.util.List;
import org.apiguardian.api.API;

/**
 * The embedding of one text.
 *
 * @param vector unit vector (L2 norm 1), its length the asked dimensions; owned by the receiver
 * @param others unit vectors of the other asked dimensions, in their order; owned by the receiver
 * @param tokens tokens that went into it, prompt and special tokens included
 * @param truncated whether tokens beyond the model's limit were cut off
 * @param unknownTokens those of the tokens that stand for what the vocabulary does not have; texts
 *     that differ only there have one vector
 */
@SuppressWarnings(
    "ArrayRecordComponent") // carries a vector; records with arrays are documented as owned
@API(status = API.Status.EXPERIMENTAL)
public record Embedding(
    float[] vector, List<float[]> others, int tokens, boolean truncated, int unknownTokens) {
  public Embedding {
    others = List.copyOf(others);
  }

  /** An embedding of one length, of a text whose tokens are all known. */
  public Embedding(float[] vector, int tokens, boolean truncated) {
    this(vector, List.of(), tokens, truncated, 0);
  }

  /** The same with vectors of its own. */
  public Embedding copy() {
    return new Embedding(
        vector.clone(),
        others.stream().map(float[]::clone).toList(),
        tokens,
        truncated,
        unknownTokens);
  }
}
