package dev.streambed.embedder.chunk;

import org.apiguardian.api.API;

/** Where a chunk should end. */
@API(status = API.Status.EXPERIMENTAL)
public enum Boundary {
  /**
   * After a sentence: the last one that fits, or the last paragraph or line if that is in the
   * second half of what fits. A sentence is cut only if it alone does not fit; what is before it
   * begins its chunk if it is no more than a title.
   */
  SENTENCE("sentence"),
  /**
   * After a paragraph: the last one that fits, unless it leaves no more than a title. One that
   * alone does not fit is cut after a line, or else a sentence.
   */
  PARAGRAPH("paragraph"),
  /** Wherever a line could be wrapped: each chunk is as full as can be. */
  ANY("any");

  private final String optionValue;

  Boundary(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
