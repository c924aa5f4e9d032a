package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SinkOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses to start a job beside another with the same transactional ids: they would abort each
 * other's transactions. Open transactions alone prove nothing, as a job that was killed leaves
 * some; transactions that begin before this job has started do (docs/decisions/0083). Used by the
 * thread that starts the job.
 */
final class PrefixWatch {
  private static final Logger LOG = LoggerFactory.getLogger(PrefixWatch.class);

  /** The longest look for transactions of another job: more than a checkpoint by default. */
  private static final Duration LONGEST = Duration.ofSeconds(12);

  private static final Duration CHECKPOINT_DELAY = Duration.ofSeconds(1);

  private static final Duration POLL_INTERVAL = Duration.ofMillis(250);

  private final Admin admin;
  private final SinkOptions sink;
  private final Duration timeout;

  /**
   * @param admin of the sink's Kafka
   * @param timeout of each request
   */
  PrefixWatch(Admin admin, SinkOptions sink, Duration timeout) {
    this.admin = admin;
    this.sink = sink;
    this.timeout = timeout;
  }

  /** A transaction, told from others of the same id by when it began. */
  private record Sighting(String transactionalId, long producerId, OptionalLong startMillis) {}

  /**
   * Looks for open transactions of the job's ids, and if there are any, whether more begin.
   *
   * @param checkpointInterval of the job
   * @throws InvalidPipelineException if another job writes, or Kafka cannot do what the naming
   *     needs
   */
  void check(Duration checkpointInterval) throws InterruptedException {
    long longestMillis =
        Math.min(LONGEST.toMillis(), checkpointInterval.plus(CHECKPOINT_DELAY).toMillis());
    try {
      Set<Sighting> first = open();
      if (first.isEmpty()) {
        return;
      }
      LOG.warn(
          "Transactions {} are open, of an earlier run of this job or of another job with the same {}. Looking for {} ms whether another one begins.",
          ids(first),
          JobOptions.SINK_TRANSACTIONAL_ID_PREFIX.key(),
          longestMillis);
      long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(longestMillis);
      while (System.nanoTime() - endNanos < 0) {
        Thread.sleep(POLL_INTERVAL.toMillis());
        Set<Sighting> begun = open();
        begun.removeAll(first);
        if (!begun.isEmpty()) {
          throw refusal(begun.iterator().next().transactionalId());
        }
      }
      LOG.info("None has begun: they are taken for those of an earlier run of this job.");
    } catch (ExecutionException | TimeoutException e) {
      skip(e);
    }
  }

  private void skip(Exception failure) {
    boolean isUnknown = failure.getCause() instanceof UnsupportedVersionException;
    if (isUnknown && sink.transactionNaming() == TransactionNamingStrategy.POOLING) {
      throw new InvalidPipelineException(
          "Kafka at %s cannot list transactions, which %s POOLING needs. Set it to INCREMENTING."
              .formatted(sink.bootstrapServers(), JobOptions.SINK_TRANSACTION_NAMING.key()),
          failure.getCause());
    }
    LOG.warn(
        "Cannot list the transactions at {}: {}. It is not checked whether another job has the same {}.",
        sink.bootstrapServers(),
        failure.getCause() == null ? failure : failure.getCause(),
        JobOptions.SINK_TRANSACTIONAL_ID_PREFIX.key());
  }

  private InvalidPipelineException refusal(String transactionalId) {
    return new InvalidPipelineException(
        "Another job writes with the transactional ids of this one: transaction %s began while this job was checked. They would abort each other's transactions. Give each job its own %s; if the other is this job, stop it first."
            .formatted(transactionalId, JobOptions.SINK_TRANSACTIONAL_ID_PREFIX.key()));
  }

  private Set<Sighting> open() throws ExecutionException, InterruptedException, TimeoutException {
    Collection<TransactionListing> listed =
        get(
            admin
                .listTransactions(
                    new ListTransactionsOptions().filterStates(List.of(TransactionState.ONGOING)))
                .all());
    Set<Sighting> open = new HashSet<>();
    for (TransactionListing listing : listed) {
      String id = listing.transactionalId();
      if (id.startsWith(sink.embeddingsPrefix()) || id.startsWith(sink.deadLettersPrefix())) {
        addIfOpen(id, open);
      }
    }
    return open;
  }

  private void addIfOpen(String id, Set<Sighting> open)
      throws ExecutionException, InterruptedException, TimeoutException {
    try {
      TransactionDescription found = get(admin.describeTransactions(List.of(id)).description(id));
      if (found.state() == TransactionState.ONGOING) {
        open.add(new Sighting(id, found.producerId(), found.transactionStartTimeMs()));
      }
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TransactionalIdNotFoundException)) {
        throw e;
      }
    }
  }

  private static Set<String> ids(Set<Sighting> sightings) {
    Set<String> ids = new TreeSet<>();
    sightings.forEach(sighting -> ids.add(sighting.transactionalId()));
    return ids;
  }

  private <T> T get(KafkaFuture<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }
}
