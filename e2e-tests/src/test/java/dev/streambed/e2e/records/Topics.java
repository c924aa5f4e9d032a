package dev.streambed.e2e.records;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.json.DeadLetterCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes to and reads from topics of a test's broker. */
public final class Topics {
  static final String COMMITTED = "read_committed";

  private static final Duration POLL = Duration.ofMillis(100);

  /** More than topics take by default: the broker is to say what is too large. */
  private static final int LARGEST_REQUEST = 4 << 20;

  private Topics() {}

  public static void send(KafkaBroker broker, String topic, String key, String value)
      throws ExecutionException, InterruptedException {
    send(
        broker,
        List.of(
            new ProducerRecord<>(
                topic,
                key.getBytes(StandardCharsets.UTF_8),
                value.getBytes(StandardCharsets.UTF_8))));
  }

  /** Returns the position of each record, once the broker has acknowledged all of them. */
  public static List<RecordMetadata> send(
      KafkaBroker broker, List<ProducerRecord<byte[], byte[]>> records)
      throws ExecutionException, InterruptedException {
    var sent = new ArrayList<Future<RecordMetadata>>();
    try (var producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                LARGEST_REQUEST),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (ProducerRecord<byte[], byte[]> record : records) {
        sent.add(producer.send(record));
      }
    }
    var places = new ArrayList<RecordMetadata>();
    for (Future<RecordMetadata> future : sent) {
      places.add(future.get());
    }
    return places;
  }

  /**
   * All committed records that are in the topic now, in order per partition. An open transaction
   * hides what follows it.
   */
  public static List<ConsumerRecord<byte[], byte[]>> readAll(KafkaBroker broker, String topic) {
    return read(broker, topic, COMMITTED);
  }

  /** The keys of the committed records that are in the topic now, in order per partition. */
  public static List<String> keys(KafkaBroker broker, String topic) {
    return keys(readAll(broker, topic));
  }

  /** The keys of records, which are texts. */
  public static List<String> keys(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream()
        .map(record -> new String(record.key(), StandardCharsets.UTF_8))
        .toList();
  }

  /** The dead letters that are committed in the topic now, in order per partition. */
  public static List<DeadLetter> deadLetters(KafkaBroker broker, String topic) {
    return readAll(broker, topic).stream()
        .map(record -> DeadLetterCodec.decodeJson(record.value()))
        .toList();
  }

  /** All records that are in the topic now, those of open and of aborted transactions included. */
  public static List<ConsumerRecord<byte[], byte[]>> readUncommitted(
      KafkaBroker broker, String topic) {
    return read(broker, topic, "read_uncommitted");
  }

  private static List<ConsumerRecord<byte[], byte[]>> read(
      KafkaBroker broker, String topic, String isolation) {
    try (var consumer = consumer(broker, isolation)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      // With read_committed the end is before the first open transaction.
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      var result = new ArrayList<ConsumerRecord<byte[], byte[]>>();
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(POLL).forEach(result::add);
      }
      return result;
    }
  }

  static KafkaConsumer<byte[], byte[]> consumer(KafkaBroker broker, String isolation) {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            broker.bootstrapServers(),
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            isolation),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  /**
   * Makes Kafka's own topic of the groups' offsets. The first commit to a broker does, which takes
   * longer than a job waits on a busy machine.
   */
  public static void makeTheTopicOfGroups(KafkaBroker broker) throws Exception {
    broker.createTopic("first", 1);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      var offsets = Map.of(new TopicPartition("first", 0), new OffsetAndMetadata(0));
      admin.alterConsumerGroupOffsets("first", offsets).all().get();
    }
  }
}
