package dev.streambed.jobs.options.policy;

import org.apache.flink.annotation.Internal;

/** How the embedding that a key already has is treated when its new record is rejected. */
@Internal
public enum RejectedPolicy {
  /** It stays: the vector of a text that is no longer there. */
  KEEP("keep"),
  /** A tombstone deletes it, beside the dead letter of the record. */
  TOMBSTONE("tombstone");

  private final String optionValue;

  RejectedPolicy(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
