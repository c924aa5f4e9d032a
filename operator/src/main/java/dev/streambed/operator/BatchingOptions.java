package dev.streambed.operator;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.calibration.BatchTuning;
import dev.streambed.embedder.calibration.Calibration;
import dev.streambed.embedder.calibration.CalibrationOptions;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How a task slot batches.
 *
 * @param maxRecords as in {@link BatchPolicy#maxRecords}
 * @param maxTokens as in {@link BatchPolicy#maxTokens}; 0 for what suits the device
 * @param workers threads that tokenise and infer in each slot, 1 to 1024; 0 for what suits the
 *     device: 1 on a CPU, where there is a slot per core; 2 on a GPU, which never waits for the
 *     tokeniser then
 * @param cacheBytes as in {@link BatcherOptions#cacheBytes}, for each slot
 * @param inFlightBytes most bytes of records in flight in each slot, but at least one record; 0 for
 *     what suits the heap
 * @param calibration whether to measure what suits the device, where that is asked for
 */
public record BatchingOptions(
    int maxRecords,
    int maxTokens,
    int workers,
    long cacheBytes,
    long inFlightBytes,
    CalibrationOptions calibration)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final BatchingOptions DEFAULT =
      new BatchingOptions(
          BatchPolicy.DEFAULT.maxRecords(),
          /* maxTokens= */ 0,
          /* workers= */ 0,
          /* cacheBytes= */ 0,
          /* inFlightBytes= */ 0,
          CalibrationOptions.DEFAULT);

  private static final int CPU_WORKERS = 1;
  private static final int GPU_WORKERS = 2;
  private static final int MOST_CHOSEN_WORKERS = 2;

  /**
   * The part of the heap that records in flight may take. Those of the last checkpoint may be
   * others, and Flink holds them until the next; the rest is for Kafka's clients, for what is being
   * written, and for Flink (docs/decisions/0084).
   */
  private static final int HEAP_PARTS = 8;

  public BatchingOptions {
    new BatchPolicy(maxRecords, BatchPolicy.DEFAULT.maxTokens()); // checks the first
    check(maxTokens >= 0, "maxTokens", maxTokens, "at least 1, or 0 for what suits the device");
    check(
        workers >= 0 && workers <= 1024,
        "workers",
        workers,
        "between 1 and 1024, or 0 for what suits the device");
    check(cacheBytes >= 0, "cacheBytes", cacheBytes, "at least 0");
    check(inFlightBytes >= 0, "inFlightBytes", inFlightBytes, "at least 0");
  }

  /** Without cache and calibration. */
  public BatchingOptions(int maxRecords, int maxTokens, int workers) {
    this(
        maxRecords,
        maxTokens,
        workers,
        /* cacheBytes= */ 0,
        /* inFlightBytes= */ 0,
        CalibrationOptions.OFF);
  }

  /**
   * Decides what these options leave open.
   *
   * @param slots how many slots of this process embed at once, at least 1
   */
  BatchTuning tune(TextEmbedder embedder, int slots) {
    return Calibration.choose(embedder, candidates(embedder.device()), slots, calibration);
  }

  /** What may be chosen, the default first. On a GPU nothing that takes more of its memory. */
  List<BatchTuning> candidates(Device device) {
    int standard = BatchPolicy.forDevice(device).maxTokens();
    int other = device.isCpu() ? 2 * standard : standard / 4;
    int[] budgets =
        maxTokens == 0 ? new int[] {standard, standard / 2, other} : new int[] {maxTokens};
    int[] counts = {workers};
    if (workers == 0) {
      counts =
          device.isCpu()
              ? new int[] {CPU_WORKERS, MOST_CHOSEN_WORKERS}
              : new int[] {GPU_WORKERS, 1};
    }
    List<BatchTuning> candidates = new ArrayList<>();
    for (int count : counts) {
      for (int budget : budgets) {
        candidates.add(new BatchTuning(budget, count));
      }
    }
    return candidates;
  }

  BatchPolicy policy(BatchTuning tuning) {
    return new BatchPolicy(maxRecords, tuning.maxTokens());
  }

  BatcherOptions batcher(BatchTuning tuning) {
    return new BatcherOptions(tuning.workers(), capacity(), cacheBytes);
  }

  /**
   * Records in flight in a slot. A smaller number never fills the batches: each worker has one
   * running, one is being filled, and one waits for its order (measured: docs/decisions/0004).
   * Flink wants it before the device is known, so it is enough for all that may be chosen.
   */
  public int capacity() {
    return maxRecords * ((workers == 0 ? MOST_CHOSEN_WORKERS : workers) + 2);
  }

  /**
   * Most bytes of records in flight in a slot.
   *
   * @param heapBytes of the process
   * @param slots of the process
   * @param largestState most bytes of state that a checkpoint can hold, for a slot
   */
  public long maxInFlightBytes(long heapBytes, int slots, long largestState) {
    return inFlightBytes > 0
        ? inFlightBytes
        : Math.max(1, Math.min(heapBytes / HEAP_PARTS / slots, largestState));
  }

  private static void check(boolean holds, String name, long found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "Invalid value %d for %s: must be %s.".formatted(found, name, expected));
    }
  }
}
