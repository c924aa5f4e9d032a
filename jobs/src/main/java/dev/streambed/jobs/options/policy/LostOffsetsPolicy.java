package dev.streambed.jobs.options.policy;

import org.apache.flink.annotation.Internal;

/** How the job goes on when Kafka no longer has the offsets at which it wants to read. */
@Internal
public enum LostOffsetsPolicy {
  /** The job fails for good and says what to do. */
  FAIL("fail"),
  /** The job goes on with the earliest record that is left, and counts what it missed. */
  CONTINUE("continue");

  private final String optionValue;

  LostOffsetsPolicy(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
