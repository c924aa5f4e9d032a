package dev.streambed.embedder.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.apiguardian.api.API;

/** How the graph makes one vector of a text's token vectors. */
@API(status = API.Status.EXPERIMENTAL)
public enum Pooling {
  /** Mean over the tokens whose attention mask is 1, special tokens included. */
  @JsonProperty("mean")
  MEAN,
  /** The first token. */
  @JsonProperty("cls")
  CLS,
  /** The greatest of each component over the tokens whose attention mask is 1. */
  @JsonProperty("max")
  MAX
}
