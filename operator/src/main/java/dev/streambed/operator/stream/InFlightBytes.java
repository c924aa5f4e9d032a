package dev.streambed.operator;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that the records in flight of a task slot take, within a limit. Confined to the task
 * thread, except for {@link #taken}, which metrics read.
 *
 * @param <T> type of the records
 */
final class InFlightBytes<T> {
  /** Objects of a record in flight beside its content: Flink's, the batcher's and its own. */
  static final int RECORD_OVERHEAD = 512;

  private final long limit;
  private final TextExtractor<T> extractor;
  private final AtomicLong taken = new AtomicLong(); // one thread writes, metrics read

  /**
   * @param limit most bytes, at least 1
   * @param extractor says what a record takes
   */
  InFlightBytes(long limit, TextExtractor<T> extractor) {
    this.limit = limit;
    this.extractor = extractor;
  }

  /**
   * Takes the bytes of a record, if there is room. A record that is larger than the limit has room
   * when nothing else is in flight.
   */
  boolean tryTake(T record) {
    long bytes = bytes(record);
    if (taken() > 0 && bytes > limit - taken()) {
      return false;
    }
    taken.addAndGet(bytes);
    return true;
  }

  /** Gives back the bytes of a record that is in flight no more. */
  void giveBack(T record) {
    taken.addAndGet(-bytes(record));
  }

  /** Bytes of the records in flight now. */
  long taken() {
    return taken.get();
  }

  private long bytes(T record) {
    return RECORD_OVERHEAD + extractor.bytes(record);
  }
}
