package dev.streambed.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * How fast a job commits records, from looks at the end of its output. Output appears in jumps, one
 * for each checkpoint, when each writer commits its transaction within milliseconds of the others;
 * so the rate is taken from jump to jump, not from look to look.
 */
final class CommitRate {
  private static final double NANOS_PER_SECOND = 1e9;

  /** The writers of a checkpoint commit closer together than this, checkpoints further apart. */
  private static final long QUIET_NANOS = 300_000_000;

  private final int writers;
  private final List<Jump> jumps = new ArrayList<>();
  private long lastOffset;
  private long lastChangeNanos;
  private boolean changing;

  /**
   * A checkpoint became visible.
   *
   * @param nanos when its last transaction did
   * @param offset end of the output after it
   */
  private record Jump(long nanos, long offset) {}

  /**
   * @param writers transactions of a checkpoint, each of which leaves one marker in the output
   */
  CommitRate(int writers) {
    this.writers = writers;
  }

  /** Takes the end of the output at a time. */
  void look(long nanos, long offset) {
    if (offset != lastOffset) {
      lastOffset = offset;
      lastChangeNanos = nanos;
      changing = true;
    } else if (changing && nanos - lastChangeNanos >= QUIET_NANOS) {
      jumps.add(new Jump(lastChangeNanos, lastOffset));
      changing = false;
    }
  }

  /** Records in the output, as of the last complete jump. */
  long records() {
    return jumps.isEmpty() ? 0 : jumps.get(jumps.size() - 1).offset - (long) jumps.size() * writers;
  }

  /** Time since the first jump; 0 if there was none. */
  double secondsSinceFirst(long nanos) {
    return jumps.isEmpty() ? 0 : (nanos - jumps.get(0).nanos) / NANOS_PER_SECOND;
  }

  /**
   * Records per second between the first jump after a warm-up and the last one.
   *
   * @param warmUpSeconds counted from the first jump
   * @throws IllegalStateException if there are no two jumps
   */
  double perSecond(double warmUpSeconds) {
    int first = 0;
    while (first < jumps.size() && secondsSinceFirst(jumps.get(first).nanos) < warmUpSeconds) {
      first++;
    }
    int last = jumps.size() - 1;
    if (first >= last) {
      throw new IllegalStateException(
          "Only %d checkpoints were committed after the warm-up; measure longer."
              .formatted(Math.max(0, last - first + 1)));
    }
    long markers = (long) (last - first) * writers;
    long records = jumps.get(last).offset - jumps.get(first).offset - markers;
    return records / ((jumps.get(last).nanos - jumps.get(first).nanos) / NANOS_PER_SECOND);
  }
}
