package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.options.SourceTopics;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetIdentifierProvider;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.util.ExceptionUtils;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The partitions of the source topics; those seen last of a topic that is gone or may not be read
 * any more, and of all while Kafka does not answer. The connector's own subscribers would restart
 * the job again and again. {@link TopicWatch} decides about a topic that is gone. Confined to the
 * enumerator's worker thread, except for {@link #foundNothing}.
 */
final class SourceTopicSubscriber implements KafkaSubscriber, KafkaDatasetIdentifierProvider {
  private static final long serialVersionUID = 1L;

  private final SourceTopics topics;

  /** One for each name, so that a topic that is gone hides no other; or one for the pattern. */
  @SuppressWarnings("serial") // always serializable ones
  private final List<KafkaSubscriber> connectors;

  @SuppressWarnings("serial") // always a serializable one
  private final Map<String, Set<TopicPartition>> seen = new HashMap<>();

  private boolean hasLooked;
  private volatile boolean foundNothing;

  SourceTopicSubscriber(SourceTopics topics) {
    this.topics = topics;
    String pattern = topics.pattern();
    this.connectors =
        pattern == null
            ? topics.names().stream()
                .map(name -> KafkaSubscriber.getTopicListSubscriber(List.of(name)))
                .toList()
            : List.of(KafkaSubscriber.getTopicPatternSubscriber(Pattern.compile(pattern)));
  }

  @Override
  public Set<TopicPartition> getSubscribedTopicPartitions(AdminClient admin) {
    boolean isCertain = true;
    for (KafkaSubscriber connector : connectors) {
      isCertain &= look(connector, admin);
    }
    this.hasLooked = true;
    this.foundNothing = isCertain && seen.isEmpty();
    Set<TopicPartition> all = new HashSet<>();
    seen.values().forEach(all::addAll);
    return all;
  }

  /** Returns false if a topic is gone, or Kafka is away. */
  private boolean look(KafkaSubscriber connector, AdminClient admin) {
    try {
      Map<String, Set<TopicPartition>> found = new HashMap<>();
      for (TopicPartition partition : connector.getSubscribedTopicPartitions(admin)) {
        if (topics.include(partition.topic())) {
          found.computeIfAbsent(partition.topic(), topic -> new HashSet<>()).add(partition);
        }
      }
      seen.putAll(found);
      return true;
    } catch (RuntimeException e) {
      boolean isGone =
          ExceptionUtils.findThrowable(e, UnknownTopicOrPartitionException.class).isPresent();
      boolean isAway = ExceptionUtils.findThrowable(e, RetriableException.class).isPresent();
      boolean isDenied =
          ExceptionUtils.findThrowable(e, TopicAuthorizationException.class).isPresent();
      if (!isGone && !(hasLooked && (isAway || isDenied))) {
        throw e;
      }
      return false;
    }
  }

  /** The topics with partitions that were found. */
  Set<String> seenTopics() {
    return Set.copyOf(seen.keySet());
  }

  /** Whether Kafka had none of the topics at the last look, which it has answered. */
  boolean foundNothing() {
    return foundNothing;
  }

  @Override
  public Optional<DefaultKafkaDatasetIdentifier> getDatasetIdentifier() {
    String pattern = topics.pattern();
    return Optional.of(
        pattern == null
            ? DefaultKafkaDatasetIdentifier.ofTopics(topics.names())
            : DefaultKafkaDatasetIdentifier.ofPattern(Pattern.compile(pattern)));
  }
}
