package dev.streambed.jobs.options.policy;

import org.apache.flink.annotation.Internal;

/** How a job starts from a checkpoint with vectors of another space than its model's. */
@Internal
public enum ModelChangePolicy {
  /** The job fails for good and says what to do. */
  FAIL("fail"),
  /** It goes on with its model: what it embeds from here on does not compare with what is there. */
  RE_EMBED("re-embed");

  private final String optionValue;

  ModelChangePolicy(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
