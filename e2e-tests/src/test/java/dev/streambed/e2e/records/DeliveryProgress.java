package dev.streambed.e2e.records;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Follows what a job has delivered so far, as a consumer that reads only committed records. */
public final class DeliveryProgress implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final Duration POLL = Duration.ofMillis(100);

  /** A job that has something left to deliver does so within this time, a restart included. */
  private static final Duration STANDSTILL = Duration.ofMinutes(1);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Set<Integer> numbers = new HashSet<>();
  private long progressNanos = System.nanoTime();

  public DeliveryProgress(JobTopics topics) {
    this.consumer = topics.committedOutput();
  }

  /** How many different records were delivered until now, embedded or dead. */
  public int delivered() {
    int before = numbers.size();
    consumer.poll(POLL).forEach(record -> numbers.add(OutputCheck.number(record)));
    if (numbers.size() > before) {
      progressNanos = System.nanoTime();
    }
    return numbers.size();
  }

  /** Waits until so many records are delivered. */
  public void awaitDelivered(int records) {
    await("%d records, of which %d came".formatted(records, numbers.size()))
        .atMost(LIMIT)
        .pollInterval(POLL)
        .until(() -> delivered() >= records);
  }

  /**
   * Waits until so many records are delivered, or no more come: a check of the output can then say
   * which are lost.
   */
  public void awaitSettled(int records) {
    awaitSettled(records, () -> {});
  }

  /**
   * As {@link #awaitSettled(int)}.
   *
   * @param commit commits written records; called before each look
   */
  public void awaitSettled(int records, Runnable commit) {
    progressNanos = System.nanoTime();
    await("%d records, or none for %s".formatted(records, STANDSTILL))
        .atMost(LIMIT)
        .pollInterval(POLL)
        .until(
            () -> {
              commit.run();
              return delivered() >= records
                  || System.nanoTime() - progressNanos > STANDSTILL.toNanos();
            });
  }

  @Override
  public void close() {
    consumer.close();
  }
}
