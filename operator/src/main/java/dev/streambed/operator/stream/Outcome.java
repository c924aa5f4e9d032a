package dev.streambed.operator.stream;

import org.jspecify.annotations.Nullable;

/**
 * The result of a record in flight, one of two. Never leaves the operator; a class, so that nothing
 * prints the record.
 *
 * @param <T> type of the record
 */
final class Outcome<T> {
  private final long bytes;
  private final @Nullable Embedded<T> embedded;
  private final @Nullable Rejected<T> rejected;

  private Outcome(long bytes, @Nullable Embedded<T> embedded, @Nullable Rejected<T> rejected) {
    this.bytes = bytes;
    this.embedded = embedded;
    this.rejected = rejected;
  }

  static <T> Outcome<T> of(Embedded<T> embedded, long bytes) {
    return new Outcome<>(bytes, embedded, null);
  }

  static <T> Outcome<T> of(Rejected<T> rejected, long bytes) {
    return new Outcome<>(bytes, null, rejected);
  }

  /** Bytes that the record takes while it is in flight. */
  long bytes() {
    return bytes;
  }

  @Nullable Embedded<T> embedded() {
    return embedded;
  }

  @Nullable Rejected<T> rejected() {
    return rejected;
  }
}
