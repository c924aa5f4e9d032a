package dev.streambed.jobs.kafka.source;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.jobs.options.SourceOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** Asks Kafka about the source topic. Used by one thread; another may close it. */
final class TopicLookup implements AutoCloseable {
  private static final long SLICE_MILLIS = 100;

  private final Properties properties;
  private final String topic;
  private final BooleanSupplier cancelled;

  @GuardedBy("this")
  private @Nullable Admin admin;

  @GuardedBy("this")
  private boolean closed;

  /**
   * @param cancelled true once nobody waits for an answer any more
   */
  TopicLookup(SourceOptions options, String clientIdSuffix, BooleanSupplier cancelled) {
    this.properties = options.consumerProperties();
    properties.setProperty(
        ConsumerConfig.CLIENT_ID_CONFIG, options.groupId() + "-" + clientIdSuffix);
    this.topic = options.topic();
    this.cancelled = cancelled;
  }

  /**
   * A topic as it is now.
   *
   * @param id null if Kafka is too old to have ids
   * @param offsets of those partitions that were asked for and exist
   */
  record Topic(@Nullable Uuid id, Map<TopicPartition, Offsets> offsets) {}

  /**
   * The offsets of a partition.
   *
   * @param beginning the first one that is left
   * @param end the one after the last
   */
  record Offsets(long beginning, long end) {}

  /** Null if there is no such topic. */
  @Nullable Topic find(Set<TopicPartition> partitions) {
    try {
      TopicDescription description =
          Objects.requireNonNull(
              await(admin().describeTopics(List.of(topic)).allTopicNames()).get(topic));
      Set<TopicPartition> existing = new HashSet<>();
      description
          .partitions()
          .forEach(info -> existing.add(new TopicPartition(topic, info.partition())));
      existing.retainAll(partitions);
      Uuid id = description.topicId();
      return new Topic(id.equals(Uuid.ZERO_UUID) ? null : id, offsets(existing));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return null;
      }
      throw new FlinkRuntimeException(
          "Cannot look up source topic %s at %s: %s"
              .formatted(
                  topic,
                  properties.getProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG),
                  e.getCause()),
          e.getCause());
    }
  }

  private Map<TopicPartition, Offsets> offsets(Set<TopicPartition> partitions)
      throws ExecutionException {
    if (partitions.isEmpty()) {
      return Map.of();
    }
    Map<TopicPartition, ListOffsetsResultInfo> beginnings = list(partitions, OffsetSpec.earliest());
    Map<TopicPartition, ListOffsetsResultInfo> ends = list(partitions, OffsetSpec.latest());
    Map<TopicPartition, Offsets> offsets = new HashMap<>();
    beginnings.forEach(
        (partition, beginning) -> {
          ListOffsetsResultInfo end = ends.get(partition);
          if (end != null) {
            offsets.put(partition, new Offsets(beginning.offset(), end.offset()));
          }
        });
    return offsets;
  }

  private Map<TopicPartition, ListOffsetsResultInfo> list(
      Set<TopicPartition> partitions, OffsetSpec which) throws ExecutionException {
    Map<TopicPartition, OffsetSpec> specs = new HashMap<>();
    partitions.forEach(partition -> specs.put(partition, which));
    return await(admin().listOffsets(specs).all());
  }

  private <T> T await(KafkaFuture<T> future) throws ExecutionException {
    while (true) {
      try {
        return future.get(SLICE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (cancelled.getAsBoolean()) {
          throw new FlinkRuntimeException("Cancelled while asking for source topic " + topic, e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new FlinkRuntimeException("Interrupted while asking for source topic " + topic, e);
      }
    }
  }

  private synchronized Admin admin() {
    if (closed) {
      throw new IllegalStateException("The look-up of source topic %s is closed.".formatted(topic));
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
