package dev.streambed.benchmarks.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * How fast a job commits records, from looks at the end of its output. Output appears in jumps, one
 * for each checkpoint, when each writer commits its transaction within milliseconds of the others;
 * so the rate is taken from jump to jump, not from look to look.
 */
@Internal
public final class CommitRate {
  private static final double NANOS_PER_SECOND = 1e9;

  /** The writers of a checkpoint commit closer together than this, checkpoints further apart. */
  private static final long QUIET_NANOS = 300_000_000;

  private final int writers;
  private final long inputs;
  private final List<Jump> jumps = new ArrayList<>();
  private long lastOffset;
  private long lastChangeNanos;
  private boolean changing;
  private boolean ended;

  /**
   * A checkpoint became visible.
   *
   * @param nanos when its last transaction did
   * @param offset end of the output after it
   */
  private record Jump(long nanos, long offset) {}

  /**
   * The records committed between two jumps.
   *
   * @param from first offset of it in the output
   * @param to offset after its last one; markers of transactions have offsets too
   * @param records without those markers, if no two checkpoints were taken for one
   */
  public record Window(long from, long to, long records, double seconds) {
    public double recordsPerSecond() {
      return records / seconds;
    }
  }

  /**
   * @param writers transactions per checkpoint; each leaves one marker in the output
   * @param inputs records that the job will write; the checkpoint with the last of them is not
   *     measured, because the job had to wait for input
   */
  CommitRate(int writers, long inputs) {
    this.writers = writers;
    this.inputs = inputs;
  }

  /** Takes the end of the output at a time. */
  void look(long nanos, long offset) {
    if (offset != lastOffset) {
      lastOffset = offset;
      lastChangeNanos = nanos;
      changing = true;
    } else if (changing && nanos - lastChangeNanos >= QUIET_NANOS) {
      changing = false;
      long markers = (jumps.size() + 1L) * writers;
      ended = lastOffset - markers >= inputs;
      if (!ended) {
        jumps.add(new Jump(lastChangeNanos, lastOffset));
      }
    }
  }

  /** Whether all inputs were seen in the output. */
  boolean hasEnded() {
    return ended;
  }

  /** Time since the first jump; 0 if there was none. */
  double secondsSinceFirst(long nanos) {
    return jumps.isEmpty() ? 0 : (nanos - jumps.get(0).nanos) / NANOS_PER_SECOND;
  }

  /**
   * From the first jump after a warm-up to the last one.
   *
   * @param warmUpSeconds counted from the first jump; at most half of the time there is
   * @throws IllegalStateException if there are no two jumps
   */
  Window window(double warmUpSeconds) {
    int last = jumps.size() - 1;
    double most = jumps.isEmpty() ? 0 : secondsSinceFirst(jumps.get(last).nanos) / 2;
    int first = 0;
    while (first < last
        && secondsSinceFirst(jumps.get(first).nanos) < Math.min(warmUpSeconds, most)) {
      first++;
    }
    if (first >= last) {
      throw new IllegalStateException(
          "Only %d checkpoints were committed while there was input; send more or measure longer."
              .formatted(jumps.size()));
    }
    long markers = (long) (last - first) * writers;
    Jump start = jumps.get(first);
    Jump end = jumps.get(last);
    return new Window(
        start.offset,
        end.offset,
        end.offset - start.offset - markers,
        (end.nanos - start.nanos) / NANOS_PER_SECOND);
  }
}
