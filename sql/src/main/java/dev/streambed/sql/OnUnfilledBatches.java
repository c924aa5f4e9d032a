package dev.streambed.sql;

/** What to do if Flink gives the model fewer rows at a time than fill its batches. */
enum OnUnfilledBatches {
  /** The query is refused. */
  FAIL("fail"),
  /** A warning is logged. */
  WARN("warn");

  private final String optionValue;

  OnUnfilledBatches(String optionValue) {
    this.optionValue = optionValue;
  }

  @Override
  public String toString() {
    return optionValue;
  }
}
