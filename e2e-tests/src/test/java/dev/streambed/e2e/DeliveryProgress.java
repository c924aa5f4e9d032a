package dev.streambed.e2e;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Follows what a job has delivered so far, as a consumer that reads only committed records. */
final class DeliveryProgress implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final Duration POLL = Duration.ofMillis(100);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Set<Integer> numbers = new HashSet<>();

  DeliveryProgress(JobTopics topics) {
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                topics.broker().bootstrapServers(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = topics.outputPartitions();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** How many different records were delivered until now, embedded or dead. */
  int delivered() {
    consumer.poll(POLL).forEach(record -> numbers.add(OutputCheck.number(record)));
    return numbers.size();
  }

  /** Waits until so many records are delivered. */
  void awaitDelivered(int records) {
    await("%d records, of which %d came".formatted(records, numbers.size()))
        .atMost(LIMIT)
        .pollInterval(POLL)
        .until(() -> delivered() >= records);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
