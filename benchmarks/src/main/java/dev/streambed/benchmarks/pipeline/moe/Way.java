package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.operator.SessionSharing;

/** The ways to embed that are compared. */
enum Way {
  LIMIT("limit: ONNX Runtime in a loop, no Kafka"),
  ONE_BY_ONE("one text per call, one thread a run"),
  SLOTS("Streambed, a session per slot"),
  SHARED("Streambed, one session for all slots"),
  WORKERS("Streambed, one slot with a worker per core");

  private final String label;

  Way(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  boolean isStreambed() {
    return this == SLOTS || this == SHARED || this == WORKERS;
  }

  /** Task slots on a machine with so many cores. */
  int slots(int cores) {
    return this == WORKERS ? 1 : cores;
  }

  /** Workers in each slot. */
  int workers(int cores) {
    return this == WORKERS ? cores : 1;
  }

  SessionSharing sharing() {
    return this == SHARED ? SessionSharing.TASK_MANAGER : SessionSharing.SLOT;
  }
}
