package dev.streambed.jobs.kafka;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks Kafka about the topics of a job. Used by one thread; another may close it. */
@Internal
public final class TopicLookup implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicLookup.class);

  private static final long SLICE_MILLIS = 100;

  private final Properties properties;
  private final AclOperation use;
  private final BooleanSupplier cancelled;

  @GuardedBy("this")
  private @Nullable Admin admin;

  @GuardedBy("this")
  private boolean closed;

  /**
   * @param properties of Kafka's client
   * @param use what the job does with the topics
   * @param cancelled true once nobody waits for an answer any more
   */
  public TopicLookup(Properties properties, AclOperation use, BooleanSupplier cancelled) {
    this.properties = properties;
    this.use = use;
    this.cancelled = cancelled;
  }

  /**
   * A topic as it is now.
   *
   * @param id null if Kafka is too old to have ids
   * @param offsets of those partitions that were asked for and exist
   * @param isDenied whether the job's user may not use it; then nothing else is known
   */
  public record Topic(@Nullable Uuid id, Map<TopicPartition, Offsets> offsets, boolean isDenied) {
    public static final Topic DENIED = new Topic(/* id= */ null, Map.of(), /* isDenied= */ true);

    public Topic(@Nullable Uuid id, Map<TopicPartition, Offsets> offsets) {
      this(id, offsets, /* isDenied= */ false);
    }
  }

  /**
   * The offsets of a partition.
   *
   * @param beginning the first one that is left
   * @param end the one after the last
   */
  public record Offsets(long beginning, long end) {}

  /**
   * Those of the topics that exist, by name; {@link Topic#DENIED} for one that may not be used.
   *
   * @param partitions whose offsets are asked for
   */
  public Map<String, Topic> find(Set<String> topics, Set<TopicPartition> partitions) {
    Map<String, Uuid> ids = new HashMap<>();
    Map<String, Topic> found = new HashMap<>();
    Set<TopicPartition> existing = new HashSet<>();
    if (!topics.isEmpty()) {
      admin()
          .describeTopics(topics, TopicRights.asked())
          .topicNameValues()
          .forEach(
              (name, future) -> {
                TopicDescription topic = describe(name, future, found);
                if (topic != null) {
                  ids.put(name, topic.topicId());
                  topic
                      .partitions()
                      .forEach(info -> existing.add(new TopicPartition(name, info.partition())));
                }
              });
    }
    existing.retainAll(partitions);
    Map<String, Map<TopicPartition, Offsets>> offsets = offsets(existing, ids.keySet());
    ids.forEach(
        (name, id) ->
            found.put(
                name,
                new Topic(
                    id.equals(Uuid.ZERO_UUID) ? null : id, offsets.getOrDefault(name, Map.of()))));
    return found;
  }

  /** A topic; null if there is none of this name, or it may not be used, which is noted then. */
  private @Nullable TopicDescription describe(
      String name, KafkaFuture<TopicDescription> future, Map<String, Topic> denied) {
    try {
      TopicDescription topic = await(name, future);
      if (topic == null || TopicRights.allow(use, topic)) {
        return topic;
      }
    } catch (TopicAuthorizationException e) {
      LOG.debug("Kafka does not describe topic {}.", name, e);
    }
    denied.put(name, Topic.DENIED);
    return null;
  }

  /** The offsets that the group has committed, by partition. */
  public Map<TopicPartition, OffsetAndMetadata> committed(String group) {
    Map<TopicPartition, OffsetAndMetadata> committed =
        await(group, admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
    return committed == null ? Map.of() : committed;
  }

  /**
   * The offsets of partitions, by topic.
   *
   * @param existing the names of topics; those that turn out to be gone are taken from it
   */
  private Map<String, Map<TopicPartition, Offsets>> offsets(
      Set<TopicPartition> partitions, Set<String> existing) {
    Map<String, Map<TopicPartition, Offsets>> offsets = new HashMap<>();
    if (partitions.isEmpty()) {
      return offsets;
    }
    ListOffsetsResult beginnings = list(partitions, OffsetSpec.earliest());
    ListOffsetsResult ends = list(partitions, OffsetSpec.latest());
    for (TopicPartition partition : partitions) {
      String topic = partition.topic();
      ListOffsetsResultInfo beginning = await(topic, beginnings.partitionResult(partition));
      ListOffsetsResultInfo end = await(topic, ends.partitionResult(partition));
      if (beginning == null || end == null) {
        existing.remove(topic);
      } else {
        offsets
            .computeIfAbsent(topic, name -> new HashMap<>())
            .put(partition, new Offsets(beginning.offset(), end.offset()));
      }
    }
    return offsets;
  }

  private ListOffsetsResult list(Set<TopicPartition> partitions, OffsetSpec which) {
    Map<TopicPartition, OffsetSpec> specs = new HashMap<>();
    partitions.forEach(partition -> specs.put(partition, which));
    return admin().listOffsets(specs);
  }

  /** Kafka's answer about a topic; null if there is no such topic. */
  private <T> @Nullable T await(String topic, KafkaFuture<T> future) {
    while (true) {
      try {
        return future.get(SLICE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof UnknownTopicOrPartitionException) {
          return null;
        }
        if (e.getCause() instanceof TopicAuthorizationException denied) {
          throw denied;
        }
        throw new FlinkRuntimeException(
            "Cannot look up topic %s at %s: %s"
                .formatted(
                    topic,
                    properties.getProperty(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG),
                    e.getCause()),
            e.getCause());
      } catch (TimeoutException e) {
        if (cancelled.getAsBoolean()) {
          throw new FlinkRuntimeException("Cancelled while asking for topic " + topic, e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FlinkRuntimeException("Interrupted while asking for topic " + topic, e);
      }
    }
  }

  private synchronized Admin admin() {
    if (closed) {
      throw new IllegalStateException("The look-up of topics is closed.");
    }
    if (admin == null) {
      admin = Admin.create(properties);
    }
    return admin;
  }

  @Override
  public synchronized void close() {
    this.closed = true;
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }
}
