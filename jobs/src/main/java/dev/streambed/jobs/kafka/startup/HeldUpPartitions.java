package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SourceOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds partitions that a job will wait at, while somebody else's transaction stays open. A bounded
 * job ends at the latest offsets, and cannot reach them. Used by the thread that starts the job.
 */
final class HeldUpPartitions {
  private static final Logger LOG = LoggerFactory.getLogger(HeldUpPartitions.class);

  private final Admin admin;
  private final List<String> topics;
  private final Duration timeout;

  private HeldUpPartitions(Admin admin, List<String> topics, Duration timeout) {
    this.admin = admin;
    this.topics = topics;
    this.timeout = timeout;
  }

  /**
   * Logs a warning for each such partition of the topics.
   *
   * @param admin of the source's Kafka
   * @param timeout of each request
   */
  static void warn(Admin admin, SourceOptions source, List<String> topics, Duration timeout) {
    for (String partition : find(admin, source, topics, timeout)) {
      LOG.warn(
          "{}. The job reads what is committed, so it gets no further before this is committed or aborted: by its producer, after its timeout, or with kafka-transactions.sh. {}: read_uncommitted does not wait.",
          partition,
          JobOptions.SOURCE_ISOLATION_LEVEL.key());
    }
  }

  /**
   * Says of each such partition which it is, as a sentence without its full stop. Parameters are as
   * of {@link #warn}.
   */
  static List<String> find(
      Admin admin, SourceOptions source, List<String> topics, Duration timeout) {
    return source.isolationLevel() == IsolationLevel.READ_COMMITTED
        ? new HeldUpPartitions(admin, topics, timeout).find()
        : List.of();
  }

  private List<String> find() {
    try {
      List<String> found = new ArrayList<>();
      firstOpenOffsets()
          .forEach(
              (partition, offset) ->
                  found.add(
                      "Partition %s has an open transaction from offset %d on%s"
                          .formatted(partition, offset, ownerOf(partition, offset))));
      return found;
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn(
          "Cannot ask for the offsets of the source topics {}: {}. It is not checked whether an open transaction holds up the job.",
          topics,
          e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return List.of();
  }

  private Map<TopicPartition, Long> firstOpenOffsets()
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (TopicDescription topic : get(admin.describeTopics(topics).allTopicNames()).values()) {
      topic
          .partitions()
          .forEach(
              partition ->
                  latest.put(
                      new TopicPartition(topic.name(), partition.partition()),
                      OffsetSpec.latest()));
    }
    // In this order, a transaction that is committed in between holds up nobody.
    Map<TopicPartition, ListOffsetsResultInfo> ends =
        get(
            admin
                .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                .all());
    Map<TopicPartition, ListOffsetsResultInfo> stable =
        get(admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all());
    Map<TopicPartition, Long> open =
        new TreeMap<>(
            Comparator.comparing(TopicPartition::topic)
                .thenComparingInt(TopicPartition::partition));
    stable.forEach(
        (partition, offset) -> {
          ListOffsetsResultInfo end = ends.get(partition);
          if (end != null && offset.offset() < end.offset()) {
            open.put(partition, offset.offset());
          }
        });
    return open;
  }

  /** The transaction's owner, if Kafka tells it. */
  private String ownerOf(TopicPartition partition, long offset) {
    try {
      for (ProducerState producer :
          get(admin.describeProducers(List.of(partition)).partitionResult(partition))
              .activeProducers()) {
        if (producer.currentTransactionStartOffset().orElse(-1) == offset) {
          var ofProducer =
              new ListTransactionsOptions().filterProducerIds(List.of(producer.producerId()));
          for (TransactionListing listing : get(admin.listTransactions(ofProducer).all())) {
            return ", of transactional id " + listing.transactionalId();
          }
          return ", of producer " + producer.producerId();
        }
      }
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("Cannot ask for the producers of {}.", partition, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "";
  }

  private <T> T get(KafkaFuture<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }
}
