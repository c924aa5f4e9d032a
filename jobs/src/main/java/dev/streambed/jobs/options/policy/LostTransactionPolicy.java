package dev.streambed.jobs.options.policy;

import org.apache.flink.annotation.Internal;

/** How the job treats a transaction that Kafka has aborted before the job could commit it. */
@Internal
public enum LostTransactionPolicy {
  /** The job fails for good and says what to do. */
  FAIL("fail"),
  /** The job goes on without what was written in it, and counts it. */
  IGNORE("ignore");

  private final String optionValue;

  LostTransactionPolicy(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
