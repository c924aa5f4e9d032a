package dev.streambed.jobs.options.policy;

import org.apache.flink.annotation.Internal;

/** The knowledge of documents with which the state of a job begins. */
@Internal
public enum BootstrapPolicy {
  /** None: the first record of each key is embedded. */
  OFF("off"),
  /** The documents that the sink's topic has. */
  TOPIC("topic");

  private final String optionValue;

  BootstrapPolicy(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
