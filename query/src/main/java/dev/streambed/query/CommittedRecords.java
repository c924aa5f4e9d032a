package dev.streambed.query;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apiguardian.api.API;

/**
 * The committed records of topics, as bytes, from their beginning or where a group has come to.
 * Owns Kafka's client. Confined to one thread.
 */
@API(status = API.Status.INTERNAL)
public final class CommittedRecords implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  /** Longest time without a record while some are still to come. */
  private static final Duration STALL_LIMIT = Duration.ofSeconds(60);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions = new ArrayList<>();

  /**
   * Opens topics.
   *
   * @param kafka properties of Kafka's consumer; those that make it read what is committed, and
   *     nothing else, are set here
   * @throws UnknownTopicOrPartitionException if there is no such topic; none is made
   * @throws org.apache.kafka.common.KafkaException if Kafka cannot be asked
   */
  public CommittedRecords(Map<String, String> kafka, List<String> topics) {
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
      for (String topic : topics) {
        List<PartitionInfo> found = consumer.partitionsFor(topic);
        if (found == null || found.isEmpty()) {
          throw new UnknownTopicOrPartitionException("There is no topic " + topic + ".");
        }
        found.forEach(each -> partitions.add(new TopicPartition(topic, each.partition())));
      }
      consumer.assign(partitions);
      if (kafka.get(CommonClientConfigs.GROUP_ID_CONFIG) == null) {
        consumer.seekToBeginning(partitions);
      }
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  /** Hands over the records since the last call; waits up to the limit if there are none. */
  public void poll(Duration limit, Consumer<ConsumerRecord<byte[], byte[]>> receiver) {
    consumer.poll(limit).forEach(receiver);
  }

  /**
   * Hands over the remaining records that are committed at the time of the call.
   *
   * @throws TimeoutException if none comes for a minute, as when Kafka is gone
   */
  public void readToEnd(Consumer<ConsumerRecord<byte[], byte[]>> receiver) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long remaining = remaining(ends);
    long lastProgressNanos = System.nanoTime();
    while (remaining > 0) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
      records.forEach(receiver);
      long left = remaining(ends);
      if (left != remaining) {
        remaining = left;
        lastProgressNanos = System.nanoTime();
      } else if (System.nanoTime() - lastProgressNanos > STALL_LIMIT.toNanos()) {
        throw new TimeoutException(
            "No record came for %d s, though %,d offsets are still to be read."
                .formatted(STALL_LIMIT.toSeconds(), remaining));
      }
    }
  }

  /**
   * How many offsets are committed and still to be read, at the time of the call. Marks of
   * transactions and records that compaction has removed count, too.
   */
  public long remaining() {
    return remaining(consumer.endOffsets(partitions));
  }

  /** As {@link #remaining}, as far as Kafka's last answers tell: asks nothing, and never waits. */
  long lag() {
    long lag = 0;
    for (TopicPartition partition : partitions) {
      lag += consumer.currentLag(partition).orElse(0);
    }
    return lag;
  }

  private long remaining(Map<TopicPartition, Long> ends) {
    long remaining = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      remaining += Math.max(0, end.getValue() - consumer.position(end.getKey()));
    }
    return remaining;
  }

  /**
   * How many offsets before these are still to be read, of one topic.
   *
   * @param ends by partition
   */
  long remainingBefore(Map<Integer, Long> ends) {
    Map<TopicPartition, Long> known = new HashMap<>();
    for (TopicPartition partition : partitions) {
      known.put(partition, ends.getOrDefault(partition.partition(), 0L));
    }
    return remaining(known);
  }

  /** Remembers for the group that what was handed over is done. */
  void commit() {
    consumer.commitSync();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
