package dev.streambed.embedder.chunk;

import org.apiguardian.api.API;

/** How the headings of a text are found. */
@API(status = API.Status.EXPERIMENTAL)
public enum Headings {
  /** Not at all: a line is a line. */
  OFF("off"),
  /**
   * As CommonMark has them, with number signs or underlined. Those in code, lists and quotations
   * are none.
   */
  MARKDOWN("markdown");

  private final String optionValue;

  Headings(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
