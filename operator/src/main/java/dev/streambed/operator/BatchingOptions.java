package dev.streambed.operator;

import dev.streambed.embedder.BatchPolicy;
import dev.streambed.embedder.Device;
import java.io.Serializable;

/**
 * How a task slot batches.
 *
 * @param maxRecords as in {@link BatchPolicy#maxRecords}
 * @param maxTokens as in {@link BatchPolicy#maxTokens}; 0 for what suits the device
 * @param workers threads that tokenise and infer in each slot, 1 to 1024; 0 for what suits the
 *     device: 1 on a CPU, where there is a slot per core; 2 on a GPU, which never waits for the
 *     tokeniser then
 */
public record BatchingOptions(int maxRecords, int maxTokens, int workers) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final BatchingOptions DEFAULT =
      new BatchingOptions(BatchPolicy.DEFAULT.maxRecords(), 0, 0);

  private static final int CPU_WORKERS = 1;
  private static final int GPU_WORKERS = 2;

  public BatchingOptions {
    new BatchPolicy(maxRecords, BatchPolicy.DEFAULT.maxTokens()); // checks the first
    check(maxTokens >= 0, "maxTokens", maxTokens, "at least 1, or 0 for what suits the device");
    check(
        workers >= 0 && workers <= 1024,
        "workers",
        workers,
        "between 1 and 1024, or 0 for what suits the device");
  }

  BatchPolicy policy(Device device) {
    int tokens = maxTokens == 0 ? BatchPolicy.forDevice(device).maxTokens() : maxTokens;
    return new BatchPolicy(maxRecords, tokens);
  }

  int workers(Device device) {
    if (workers != 0) {
      return workers;
    }
    return device.isCpu() ? CPU_WORKERS : GPU_WORKERS;
  }

  /**
   * Records in flight in a slot. A smaller number never fills the batches: each worker has one
   * running, one is being filled, and one waits for its order (measured: docs/decisions/0004).
   * Flink wants it before the device is known, so it is enough for either.
   */
  int capacity() {
    return maxRecords * ((workers == 0 ? GPU_WORKERS : workers) + 2);
  }

  private static void check(boolean holds, String name, int found, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(
          "Invalid value %d for %s: must be %s.".formatted(found, name, expected));
    }
  }
}
