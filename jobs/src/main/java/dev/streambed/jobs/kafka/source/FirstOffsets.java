package dev.streambed.jobs.kafka.source;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * The first offsets of a job that starts without state: those of its group, else the earliest. The
 * enumerator looks them up once. From then on they are in the job's state, even those of partitions
 * without a record, so later commits of the group do not matter to a restore.
 */
final class FirstOffsets implements OffsetsInitializer {
  private static final long serialVersionUID = 1L;

  private final Set<String> known;

  /**
   * @param known topics that the job has read before: a further partition of them is a new one, of
   *     which no record may be missing
   */
  FirstOffsets(Set<String> known) {
    this.known = Set.copyOf(known);
  }

  @Override
  public Map<TopicPartition, Long> getPartitionOffsets(
      Collection<TopicPartition> partitions, PartitionOffsetsRetriever kafka) {
    Map<TopicPartition, Long> offsets = new HashMap<>(kafka.beginningOffsets(partitions));
    offsets.putAll(kafka.committedOffsets(partitions));
    offsets.replaceAll(
        (partition, offset) ->
            known.contains(partition.topic()) ? KafkaPartitionSplit.EARLIEST_OFFSET : offset);
    return offsets;
  }

  /** An offset that is out of range is an error, which {@link PartitionFetcher} handles. */
  @Override
  @SuppressWarnings("deprecation") // the connector asks for Kafka's deprecated OffsetResetStrategy
  public OffsetResetStrategy getAutoOffsetResetStrategy() {
    return OffsetResetStrategy.NONE;
  }
}
