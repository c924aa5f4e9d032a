package dev.streambed.operator;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** How many slots use each GPU of a process. Thread-safe. */
final class GpuPool {
  /** One per class loader of a job, which outlives the job's restarts on a TaskManager. */
  static final GpuPool OF_THIS_PROCESS = new GpuPool();

  @GuardedBy("this")
  private final Map<Integer, Integer> slots = new HashMap<>();

  /**
   * Takes the GPU with the fewest slots, the first of several. Each needs one {@link #release}.
   *
   * @return empty if there are none
   */
  synchronized OptionalInt acquire(List<Integer> gpus) {
    OptionalInt best = OptionalInt.empty();
    for (int gpu : gpus) {
      if (best.isEmpty() || users(gpu) < users(best.getAsInt())) {
        best = OptionalInt.of(gpu);
      }
    }
    if (best.isPresent()) {
      slots.merge(best.getAsInt(), 1, Integer::sum);
    }
    return best;
  }

  synchronized void release(int gpu) {
    if (users(gpu) == 0) {
      throw new IllegalStateException("Nobody holds GPU %d: released too often.".formatted(gpu));
    }
    slots.merge(gpu, -1, Integer::sum);
  }

  private synchronized int users(int gpu) {
    return slots.getOrDefault(gpu, 0);
  }
}
