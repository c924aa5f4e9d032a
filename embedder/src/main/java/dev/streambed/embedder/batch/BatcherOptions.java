package dev.streambed.embedder.batch;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.Range;
import java.io.Serializable;
import org.apiguardian.api.API;

/**
 * How much a {@link MicroBatcher} does and holds at a time. Where workers or maxQueued are 0, they
 * are left to whoever makes the batcher, which itself takes no 0.
 *
 * @param workers how many runs may overlap, up to 1024: one per core on a CPU
 * @param maxQueued most texts that wait for a worker; submitting blocks beyond it
 * @param cacheBytes most memory for texts and their vectors, so that an equal text that comes later
 *     is not embedded again; 0 for no cache
 */
@API(status = API.Status.EXPERIMENTAL)
public record BatcherOptions(int workers, int maxQueued, long cacheBytes) implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final Range<Integer> WORKERS =
      Range.orZero(Range.between(1, 1024), "what suits the device");

  private static final String OPEN =
      "at least 1 in a batcher of one's own; 0 is for Flink's task slots";

  public BatcherOptions {
    WORKERS.require("workers", workers);
    check(maxQueued >= 0, "maxQueued", maxQueued, "at least 1, or 0 for what suits the workers");
    check(cacheBytes >= 0, "cacheBytes", cacheBytes, "at least 0");
  }

  /** These, with what they leave open. */
  public BatcherOptions with(int newWorkers, int newMaxQueued) {
    return new BatcherOptions(newWorkers, newMaxQueued, cacheBytes);
  }

  void checkNothingIsOpen() {
    check(workers >= 1, "workers", workers, OPEN);
    check(maxQueued >= 1, "maxQueued", maxQueued, OPEN);
  }
}
