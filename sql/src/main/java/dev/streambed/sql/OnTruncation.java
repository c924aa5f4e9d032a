package dev.streambed.sql;

/** What becomes of a row whose text has more tokens than the model takes. */
enum OnTruncation {
  /** It is embedded as far as the model reads, and the column {@code truncated} says so. */
  FLAG("flag"),
  /** It is an error. */
  FAIL("fail");

  private final String optionValue;

  OnTruncation(String optionValue) {
    this.optionValue = optionValue;
  }

  @Override
  public String toString() {
    return optionValue;
  }
}
