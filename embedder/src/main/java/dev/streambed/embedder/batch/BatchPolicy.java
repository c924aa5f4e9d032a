package dev.streambed.embedder.batch;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Range;
import dev.streambed.embedder.TokenLayout;
import java.io.Serializable;
import org.apiguardian.api.API;

/**
 * The limits of a batch. A batch starts as soon as a worker is free; these only cap it.
 *
 * @param maxRecords most texts in a batch, and about as many are tokenised ahead, to choose texts
 *     of like length from, 1 to 4096
 * @param maxTokens most tokens in a batch, counted after padding to its longest text, or without
 *     padding if the graph computes none ({@link TokenLayout}); a longer single text runs alone.
 *     256 to 1024 is best on a CPU, where small batches stay in the cache; some 16,384 on a GPU. 0
 *     leaves it to whoever makes the batcher, which itself takes no 0
 */
@API(status = API.Status.EXPERIMENTAL)
public record BatchPolicy(int maxRecords, int maxTokens) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final Range<Integer> MAX_RECORDS = Range.between(1, 4096);
  public static final Range<Integer> MAX_TOKENS =
      Range.orZero(Range.atLeast(1), "what suits the device");

  /** For a CPU core: {@code docs/decisions/0003-small-batches-on-a-cpu.md}. */
  public static final BatchPolicy DEFAULT = new BatchPolicy(256, 512);

  /** For a GPU, which small batches leave idle; from reports of others, not measured here. */
  private static final BatchPolicy GPU = new BatchPolicy(DEFAULT.maxRecords, 16_384);

  public BatchPolicy {
    MAX_RECORDS.require("maxRecords", maxRecords);
    MAX_TOKENS.require("maxTokens", maxTokens);
  }

  /** The best policy for a device, as far as is known without measuring. */
  public static BatchPolicy forDevice(Device device) {
    return device.isCpu() ? DEFAULT : GPU;
  }

  public BatchPolicy withMaxTokens(int newMaxTokens) {
    return new BatchPolicy(maxRecords, newMaxTokens);
  }

  void checkNothingIsOpen() {
    check(maxTokens >= 1, "maxTokens", maxTokens, "at least 1");
  }
}
