package dev.streambed.embedder.batch;

import static dev.streambed.embedder.Requirements.check;

/**
 * The limits of a {@link MicroBatcher}.
 *
 * @param workers runs that may overlap, 1 to 1024: one per core on a CPU
 * @param maxQueued most texts that wait for a worker, at least 1; submitting blocks beyond it
 * @param cacheBytes most memory for texts and their vectors, so that an equal text that comes later
 *     is not embedded again; 0 for no cache
 */
public record BatcherOptions(int workers, int maxQueued, long cacheBytes) {
  public BatcherOptions {
    check(workers >= 1 && workers <= 1024, "workers", workers, "between 1 and 1024");
    check(maxQueued >= 1, "maxQueued", maxQueued, "at least 1");
    check(cacheBytes >= 0, "cacheBytes", cacheBytes, "at least 0");
  }
}
