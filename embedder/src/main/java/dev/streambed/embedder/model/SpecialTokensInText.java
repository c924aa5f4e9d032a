package dev.streambed.embedder.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.apiguardian.api.API;

/** The meaning of special tokens, such as [SEP], in a text. */
@API(status = API.Status.EXPERIMENTAL)
public enum SpecialTokensInText {
  /** They are text like any other. */
  @JsonProperty("text")
  TEXT,
  /** They control the model, for texts that nobody can tamper with and that need it. */
  @JsonProperty("control")
  CONTROL
}
