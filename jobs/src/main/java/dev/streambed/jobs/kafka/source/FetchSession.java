package dev.streambed.jobs.kafka.source;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What the task thread has to tell the fetcher's thread. Thread-safe. */
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

  /** Returns when that time is over, or earlier for a wake-up. */
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
