package dev.streambed.jobs.kafka.source;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetIdentifierProvider;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The partitions of the source topic; those seen last while there is no such topic or Kafka does
 * not answer. The connector's own subscriber would restart the job again and again. {@link
 * TopicWatch} decides about a topic that is gone. Confined to the enumerator's worker thread.
 */
final class SourceTopicSubscriber implements KafkaSubscriber, KafkaDatasetIdentifierProvider {
  private static final long serialVersionUID = 1L;

  private final String topic;
  private final KafkaSubscriber connector;

  @SuppressWarnings("serial") // always a serializable one
  private Set<TopicPartition> seen = Set.of();

  SourceTopicSubscriber(String topic) {
    this.topic = topic;
    this.connector = KafkaSubscriber.getTopicListSubscriber(List.of(topic));
  }

  @Override
  public Set<TopicPartition> getSubscribedTopicPartitions(AdminClient admin) {
    try {
      this.seen = Set.copyOf(connector.getSubscribedTopicPartitions(admin));
    } catch (RuntimeException e) {
      boolean isGone =
          ExceptionUtils.findThrowable(e, UnknownTopicOrPartitionException.class).isPresent();
      boolean isAway =
          !seen.isEmpty() && ExceptionUtils.findThrowable(e, RetriableException.class).isPresent();
      if (!isGone && !isAway) {
        throw e;
      }
    }
    return seen;
  }

  @Override
  public Optional<DefaultKafkaDatasetIdentifier> getDatasetIdentifier() {
    return Optional.of(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic)));
  }
}
