package dev.streambed.operator;

import dev.streambed.embedder.BatchPolicy;
import java.io.Serializable;

/**
 * How a task slot batches.
 *
 * @param maxRecords as in {@link BatchPolicy#maxRecords}
 * @param maxTokens as in {@link BatchPolicy#maxTokens}
 * @param workers threads that tokenise and infer in each slot: 1 where there is a slot per core
 */
public record BatchingOptions(int maxRecords, int maxTokens, int workers) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final BatchingOptions DEFAULT =
      new BatchingOptions(BatchPolicy.DEFAULT.maxRecords(), BatchPolicy.DEFAULT.maxTokens(), 1);

  public BatchingOptions {
    new BatchPolicy(maxRecords, maxTokens); // checks both
    if (workers < 1 || workers > 1024) {
      throw new IllegalArgumentException(
          "Invalid value %d for workers: must be between 1 and 1024.".formatted(workers));
    }
  }

  BatchPolicy policy() {
    return new BatchPolicy(maxRecords, maxTokens);
  }

  /**
   * Records in flight in a slot. A smaller number never fills the batches: each worker has one
   * running, one is being filled, and one waits for its order (measured: docs/decisions/0004).
   */
  int capacity() {
    return maxRecords * (workers + 2);
  }
}
