package dev.streambed.embedder;

import org.apiguardian.api.API;

/**
 * The embedding of one text.
 *
 * @param vector unit vector (L2 norm 1), its length the asked dimensions; owned by the receiver
 * @param tokens tokens that went into it, prompt and special tokens included
 * @param truncated whether tokens beyond the model's limit were cut off
 */
@SuppressWarnings(
    "ArrayRecordComponent") // carries a vector; records with arrays are documented as owned
@API(status = API.Status.EXPERIMENTAL)
public record Embedding(float[] vector, int tokens, boolean truncated) {
  /** The same with a vector of its own. */
  public Embedding copy() {
    return new Embedding(vector.clone(), tokens, truncated);
  }
}
