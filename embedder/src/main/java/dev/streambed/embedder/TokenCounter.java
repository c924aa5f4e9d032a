package dev.streambed.embedder;

import org.apiguardian.api.API;

/** The tokeniser of a model, as far as a splitter needs it, for texts of one prompt. */
@API(status = API.Status.EXPERIMENTAL)
public interface TokenCounter {
  /** Most tokens that the model takes, prompt and special tokens included. */
  int limit();

  /**
   * Checks a text that is to be split.
   *
   * @throws TextRejectedException if it cannot be tokenised
   */
  void check(String text);

  /**
   * Tokens of a text as the model gets it, with prompt and special tokens; more than {@link #limit}
   * if it has more, however many.
   */
  int tokensForModel(String text);

  /** Tokens of a text alone: without prompt and special tokens, however many. */
  int tokensAlone(String text);

  /**
   * The first character of each token of a text alone, in UTF-16 units, ascending.
   *
   * @return as many as {@link #tokensAlone} counts
   */
  int[] startsAlone(String text);
}
