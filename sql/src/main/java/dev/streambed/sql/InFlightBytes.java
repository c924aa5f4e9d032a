package dev.streambed.sql;

/**
 * The bytes of texts that a task embeds at a time. One thread takes, and waits; others give back.
 */
final class InFlightBytes {
  private final long most;
  private long held;

  /**
   * @param most at least 1
   */
  InFlightBytes(long most) {
    this.most = most;
  }

  /** Waits until the bytes fit; more than the most go when there are no others. */
  synchronized void take(long bytes) throws InterruptedException {
    while (held > 0 && held + bytes > most) {
      wait();
    }
    held += bytes;
  }

  synchronized void giveBack(long bytes) {
    held -= bytes;
    notifyAll();
  }
}
