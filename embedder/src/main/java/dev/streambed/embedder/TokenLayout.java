package dev.streambed.embedder;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.apiguardian.api.API;

/** The cost of the padded places of a batch: it decides what the token budget counts. */
@API(status = API.Status.EXPERIMENTAL)
public enum TokenLayout {
  /** Padded places cost as much as tokens. */
  @JsonProperty("padded")
  PADDED,
  /**
   * The graph removes padding before every projection; only attention sees it. So the budget counts
   * tokens; the padded places have a bound of their own.
   */
  @JsonProperty("packed")
  PACKED;

  /** Which of a batch's two sizes the budget limits. */
  public int budgeted(int tokens, int paddedTokens) {
    return this == PACKED ? tokens : paddedTokens;
  }
}
