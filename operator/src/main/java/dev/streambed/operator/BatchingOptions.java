package dev.streambed.operator;

import static dev.streambed.embedder.Requirements.check;

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
import org.apache.flink.annotation.PublicEvolving;

/**
 * How a task slot batches. What the parts leave open is decided in the slot: workers are 1 on a
 * CPU, where there is a slot per core, and 2 on a GPU, which never waits for the tokeniser then.
 *
 * @param policy the limits of a batch; those of its tokens may be open
 * @param batcher of each slot; workers and maxQueued, the most records in flight, may be open
 * @param calibration whether to measure what suits the device, where that is open
 * @param inFlightBytes most bytes of records in flight in each slot, but at least one record; 0 for
 *     what suits the heap
 */
@PublicEvolving
public record BatchingOptions(
    BatchPolicy policy, BatcherOptions batcher, CalibrationOptions calibration, long inFlightBytes)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final BatchingOptions DEFAULT =
      new BatchingOptions(
          BatchPolicy.DEFAULT.withMaxTokens(0),
          new BatcherOptions(/* workers= */ 0, /* maxQueued= */ 0, /* cacheBytes= */ 0),
          CalibrationOptions.DEFAULT,
          /* inFlightBytes= */ 0);

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
    check(inFlightBytes >= 0, "inFlightBytes", inFlightBytes, "at least 0");
  }

  /** Without cache and calibration. */
  public BatchingOptions(int maxRecords, int maxTokens, int workers) {
    this(
        new BatchPolicy(maxRecords, maxTokens),
        new BatcherOptions(workers, /* maxQueued= */ 0, /* cacheBytes= */ 0),
        CalibrationOptions.OFF,
        /* inFlightBytes= */ 0);
  }

  /**
   * Decides what these options leave open.
   *
   * @param slots how many slots of this process embed at once, at least 1
   */
  BatchTuning tune(TextEmbedder embedder, int slots) {
    return Calibration.choose(embedder, candidates(embedder.device()), slots, calibration);
  }

  /** The choices, the default first. On a GPU none takes more of its memory than the default. */
  List<BatchTuning> candidates(Device device) {
    int standard = BatchPolicy.forDevice(device).maxTokens();
    int other = device.isCpu() ? 2 * standard : standard / 4;
    int[] budgets = {policy.maxTokens()};
    if (policy.maxTokens() == 0) {
      budgets = new int[] {standard, standard / 2, other};
    }
    int[] counts = {batcher.workers()};
    if (batcher.workers() == 0) {
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
    return policy.withMaxTokens(tuning.maxTokens());
  }

  BatcherOptions batcher(BatchTuning tuning) {
    return batcher.with(tuning.workers(), capacity());
  }

  /**
   * Records in flight in a slot. A smaller number never fills the batches: each worker has one
   * running, one is being filled, and one waits for its order (measured: docs/decisions/0004).
   * Flink wants it before the device is known, so it is enough for all that may be chosen.
   */
  public int capacity() {
    int workers = batcher.workers() == 0 ? MOST_CHOSEN_WORKERS : batcher.workers();
    return batcher.maxQueued() > 0 ? batcher.maxQueued() : policy.maxRecords() * (workers + 2);
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
}
