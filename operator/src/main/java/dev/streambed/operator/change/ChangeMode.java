package dev.streambed.operator.change;

import org.apache.flink.annotation.Internal;

/** The cost of a record that has the texts that its document already has. */
@Internal
public enum ChangeMode {
  /** It is embedded and written, as any other. */
  OFF("off"),
  /** Nothing: it is not embedded, and not written. */
  SKIP("skip"),
  /** It is not embedded; if its metadata are others, it is written with the vectors in state. */
  METADATA_ONLY("metadata-only");

  private final String optionValue;

  ChangeMode(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
