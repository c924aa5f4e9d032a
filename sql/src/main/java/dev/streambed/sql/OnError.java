package dev.streambed.sql;

/** What becomes of a row whose text cannot be embedded. */
enum OnError {
  /** The job fails. */
  FAIL("fail"),
  /** Its columns are NULL, but for {@code error}, which has the reason. */
  NULL("null");

  private final String optionValue;

  OnError(String optionValue) {
    this.optionValue = optionValue;
  }

  @Override
  public String toString() {
    return optionValue;
  }
}
