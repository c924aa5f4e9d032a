package dev.streambed.embedder.batch;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.TokenLayout;

/**
 * The limits of a batch. A batch starts as soon as a worker is free; these only cap it.
 *
 * @param maxRecords most texts in a batch, and about as many are tokenised ahead, to choose texts
 *     of like length from, 1 to 4096
 * @param maxTokens most tokens in a batch, counted after padding to its longest text, or without
 *     padding if the graph computes none ({@link TokenLayout}); a longer single text runs alone.
 *     256 to 1024 is best on a CPU, where small batches stay in the cache; some 16,384 on a GPU
 */
public record BatchPolicy(int maxRecords, int maxTokens) {
  /** For a CPU core: {@code docs/decisions/0003-small-batches-on-a-cpu.md}. */
  public static final BatchPolicy DEFAULT = new BatchPolicy(256, 512);

  /** For a GPU, which small batches leave idle; from reports of others, not measured here. */
  private static final BatchPolicy GPU = new BatchPolicy(DEFAULT.maxRecords, 16_384);

  public BatchPolicy {
    check(maxRecords >= 1 && maxRecords <= 4096, "maxRecords", maxRecords, "between 1 and 4096");
    check(maxTokens >= 1, "maxTokens", maxTokens, "at least 1");
  }

  /** The best policy for a device, as far as is known without measuring. */
  public static BatchPolicy forDevice(Device device) {
    return device.isCpu() ? DEFAULT : GPU;
  }
}
