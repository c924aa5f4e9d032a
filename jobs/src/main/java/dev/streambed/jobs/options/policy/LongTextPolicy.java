package dev.streambed.jobs.options.policy;

import org.apache.flink.annotation.Internal;

/** How texts are treated that have more tokens than the model takes. */
@Internal
public enum LongTextPolicy {
  /** The end is cut off. */
  TRUNCATE("truncate"),
  /** Each part has an embedding of its own. */
  SPLIT("split"),
  /** They become dead letters. */
  REJECT("reject");

  private final String optionValue;

  LongTextPolicy(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
