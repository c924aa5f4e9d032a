package dev.streambed.jobs.kafka.source;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Messages of the task thread to the fetcher's thread. Thread-safe. */
final class FetchSession {
  private final AtomicReference<TopicWatch.@Nullable Seen> news = new AtomicReference<>();
  private final Semaphore wakeUps = new Semaphore(0);
  private volatile boolean closed;

  void announce(TopicWatch.Seen seen) {
    news.set(seen);
  }

  /** The last announcement, once. */
  TopicWatch.@Nullable Seen takeNews() {
    return news.getAndSet(null);
  }

  void wakeUp() {
    wakeUps.release();
  }

  /** Waits for that time, or until a wake-up. */
  void awaitWakeUp(Duration limit) {
    try {
      if (wakeUps.tryAcquire(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        wakeUps.drainPermits();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void close() {
    this.closed = true;
    wakeUp();
  }

  boolean isClosed() {
    return closed;
  }
}
