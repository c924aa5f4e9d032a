package dev.streambed.operator;

import org.apache.flink.annotation.PublicEvolving;

/** Who shares an ONNX session. Tokenisers are always shared within a process. */
@PublicEvolving
public enum SessionSharing {
  /**
   * A session for each task slot: runs never wait for each other, each has the weights in memory.
   */
  SLOT("slot"),
  /**
   * One session for all slots of a TaskManager that use a model in the same way: the weights are in
   * memory once.
   */
  TASK_MANAGER("task-manager");

  private final String optionValue;

  SessionSharing(String optionValue) {
    this.optionValue = optionValue;
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
