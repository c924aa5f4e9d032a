package dev.streambed.operator.stream;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.annotation.Internal;

/**
 * The memory that the records in flight of a task slot take, within a limit. Confined to the task
 * thread, except for {@link #taken}, which metrics read.
 */
@Internal
public final class InFlightBytes {
  /** Objects of a record in flight beside its content: Flink's, the batcher's and its own. */
  static final int RECORD_OVERHEAD = 512;

  private final long limit;
  private final AtomicLong taken = new AtomicLong(); // one thread writes, metrics read

  /**
   * @param limit most bytes, at least 1
   */
  public InFlightBytes(long limit) {
    this.limit = limit;
  }

  /**
   * Takes the bytes of a record, if there is room. A record that is larger than the limit has room
   * when nothing else is in flight.
   *
   * @param content bytes of the record itself
   */
  public boolean tryTake(long content) {
    long bytes = RECORD_OVERHEAD + content;
    if (taken() > 0 && bytes > limit - taken()) {
      return false;
    }
    taken.addAndGet(bytes);
    return true;
  }

  /**
   * Gives back the bytes of a record that is in flight no more.
   *
   * @param content as they were taken
   */
  public void giveBack(long content) {
    taken.addAndGet(-(RECORD_OVERHEAD + content));
  }

  /** Bytes of the records in flight now. */
  public long taken() {
    return taken.get();
  }
}
