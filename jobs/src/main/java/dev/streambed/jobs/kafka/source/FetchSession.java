package dev.streambed.jobs.kafka.source;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages between the task thread and the threads of fetchers, of which one may still close while
 * the next begins. Thread-safe.
 */
final class FetchSession {
  private static final Logger LOG = LoggerFactory.getLogger(FetchSession.class);

  private static final Duration LAST_COMMIT_LIMIT = Duration.ofSeconds(10);

  /** Flink waits 30 s for fetchers that close. */
  private static final Duration TURN_LIMIT = Duration.ofSeconds(20);

  private final AtomicReference<TopicWatch.@Nullable Seen> news = new AtomicReference<>();
  private final AtomicReference<@Nullable Commit> unconfirmed = new AtomicReference<>();
  private final Queue<Commit> commits = new ConcurrentLinkedQueue<>();
  private final Semaphore wakeUps = new Semaphore(0);

  /** Held by the thread of the fetcher that commits, until its consumer is closed. */
  private final ReentrantLock committing = new ReentrantLock();

  private volatile Set<String> denied = Set.of();
  private volatile boolean closed;

  /** Positions of a checkpoint, for Kafka. Notes itself that Kafka has them. */
  final class Commit implements OffsetCommitCallback {
    private final Map<TopicPartition, OffsetAndMetadata> offsets;
    private final OffsetCommitCallback callback;

    private Commit(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
      this.offsets = offsets;
      this.callback = callback;
    }

    Map<TopicPartition, OffsetAndMetadata> offsets() {
      return offsets;
    }

    @Override
    public void onComplete(
        Map<TopicPartition, OffsetAndMetadata> committed, @Nullable Exception failure) {
      if (failure == null) {
        unconfirmed.compareAndSet(this, null);
      }
      callback.onComplete(committed, failure);
    }

    /** Commits some of the offsets, and tries again for some seconds if Kafka is not ready. */
    private void commitSync(
        Consumer<?, ?> consumer, Map<TopicPartition, OffsetAndMetadata> existing) {
      try {
        consumer.commitSync(existing, LAST_COMMIT_LIMIT);
        onComplete(existing, null);
      } catch (WakeupException e) { // of the fetcher, for a poll that has ended
        commitSync(consumer, existing);
      } catch (KafkaException e) {
        onComplete(existing, e); // which is logged: nothing depends on it
      }
    }
  }

  void announce(TopicWatch.Seen seen) {
    news.set(seen);
  }

  /** The last announcement, once. */
  TopicWatch.@Nullable Seen takeNews() {
    return news.getAndSet(null);
  }

  void commit(Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    var commit = new Commit(offsets, callback);
    unconfirmed.set(commit);
    commits.add(commit);
  }

  /**
   * Makes the last commit once more, if nobody knows that Kafka has it, and closes the consumer of
   * the calling fetcher. Kafka then has all that it sent, and the next fetcher may commit.
   */
  void end(
      Consumer<?, ?> consumer, UnaryOperator<Map<TopicPartition, OffsetAndMetadata>> existing) {
    try (consumer) {
      Commit last = awaitTurn() ? unconfirmed.get() : null;
      if (last != null) {
        last.commitSync(consumer, existing.apply(last.offsets));
      }
    } finally {
      if (committing.isHeldByCurrentThread()) {
        committing.unlock();
      }
    }
  }

  /**
   * Waits until the fetcher before is closed: a commit of its own that is on its way would
   * otherwise come after that of the calling one, and set the group back.
   */
  private boolean awaitTurn() {
    try {
      return committing.isHeldByCurrentThread()
          || committing.tryLock(TURN_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The commits that nobody has taken, once, when it is the turn of the calling fetcher. */
  List<Commit> takeCommits() {
    List<Commit> taken = new ArrayList<>();
    if (commits.isEmpty() || !awaitTurn()) {
      return taken;
    }
    for (Commit next = commits.poll(); next != null; next = commits.poll()) {
      taken.add(next);
    }
    return taken;
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

  /** Keeps the topics that the job's user may not read at present, and warns of new ones. */
  void deny(Set<String> topics) {
    for (String topic : topics) {
      if (!denied.contains(topic)) {
        LOG.warn(
            "The job's user may not read source topic {}. The job goes on without it, and reads it from where it was once the user has the right to.",
            topic);
      }
    }
    for (String topic : denied) {
      if (!topics.contains(topic)) {
        LOG.info("Source topic {} is read again, or gone.", topic);
      }
    }
    this.denied = Set.copyOf(topics);
  }

  /** The number of topics that the job's user may not read at present. */
  int deniedTopics() {
    return denied.size();
  }

  void close() {
    this.closed = true;
    wakeUp();
  }

  boolean isClosed() {
    return closed;
  }
}
