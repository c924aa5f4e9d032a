package dev.streambed.jobs.kafka;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.options.KafkaSecrets;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The embeddings that a sink topic ends with, compared with those that a job is about to write: a
 * job without a checkpoint has no memory of its own. Used by the thread that starts the job.
 */
@Internal
public final class LastEmbeddings {
  private static final Logger LOG = LoggerFactory.getLogger(LastEmbeddings.class);

  /** Per partition; tombstones and the marks of transactions count, too. */
  private static final int OFFSETS = 20;

  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int FETCH_BYTES = 64 << 10; // per partition; a larger record comes alone

  /** The first byte of an embedding in JSON; one in Avro has another. */
  private static final byte JSON_START = '{';

  private LastEmbeddings() {}

  /**
   * Warns once for each other space of the vectors that the sink topic ends with.
   *
   * @param space of the job's vectors
   * @param digest of its model directory, to compare with records of version 1, which do not say
   *     their space
   * @return whether the topic ends with records; false if Kafka does not tell
   */
  public static boolean warnOfOthers(
      SinkOptions sink, VectorSpace space, String digest, Duration timeout) {
    Duration limit = timeout.compareTo(LIMIT) < 0 ? timeout : LIMIT;
    try (var consumer =
        new KafkaConsumer<>(
            properties(sink), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<ConsumerRecord<byte[], byte[]>> records = read(consumer, sink.topic(), limit);
      others(records, space, digest).forEach(LOG::warn);
      return !records.isEmpty();
    } catch (AuthorizationException e) {
      LOG.info(
          "Not allowed to read topic {}, so its vectors are not compared with the job's.",
          sink.topic());
    } catch (KafkaException e) {
      LOG.warn(
          "Cannot read the end of topic {} ({}), so its vectors are not compared with the job's.",
          sink.topic(),
          e.getClass().getSimpleName());
    }
    return false;
  }

  /** One message for each other kind of vectors among the records. */
  static List<String> others(
      List<ConsumerRecord<byte[], byte[]>> records, VectorSpace space, String digest) {
    Map<String, String> messages = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      String found = spaceInHeader(record);
      EmbeddingRecord embedding = found == null ? decode(record.value()).orElse(null) : null;
      if (found == null && embedding == null) {
        continue;
      }
      if (embedding != null) { // written before there was the header
        found = embedding.provenance().space();
      }
      boolean same =
          found == null
              ? isAlike(Objects.requireNonNull(embedding), space, digest)
              : found.equals(space.toString());
      if (!same) {
        String kind = found == null ? describe(Objects.requireNonNull(embedding)) : found;
        messages.putIfAbsent(
            kind,
            "Topic %s already has vectors of %s, such as that at %s-%d@%d; this job writes those of %s. %s: give each model a topic of its own, or embed all again (docs/operations.md)."
                .formatted(
                    record.topic(),
                    kind,
                    record.topic(),
                    record.partition(),
                    record.offset(),
                    space,
                    found == null
                        ? "Unless both are made of the same weights, and are equally long, they do not compare"
                        : "They do not compare"));
      }
    }
    return List.copyOf(messages.values());
  }

  /** The same whatever the profile; null if the record has no such header, or is a tombstone. */
  private static @Nullable String spaceInHeader(ConsumerRecord<byte[], byte[]> record) {
    Header header = record.headers().lastHeader(OutputRecord.SPACE_HEADER);
    return record.value() == null || header == null ? null : Utf8.decodeOrNull(header.value());
  }

  private static boolean isAlike(EmbeddingRecord embedding, VectorSpace space, String digest) {
    return embedding.provenance().model().digest().equals(digest)
        && embedding.dimensions() == space.dimensions();
  }

  /** A record of version 1. */
  private static String describe(EmbeddingRecord embedding) {
    ModelReference model = embedding.provenance().model();
    return "%s (digest %s) with %d dimensions"
        .formatted(model.name(), model.digest(), embedding.dimensions());
  }

  /** Decodes either format; empty if the record is no embedding. */
  private static Optional<EmbeddingRecord> decode(byte[] value) {
    if (value == null || value.length == 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          value[0] == JSON_START
              ? EmbeddingRecordCodec.decodeJson(value)
              : EmbeddingRecordAvro.decode(value));
    } catch (MalformedRecordException e) {
      return Optional.empty();
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> read(
      Consumer<byte[], byte[]> consumer, String topic, Duration limit) {
    long endNanos = System.nanoTime() + limit.toNanos();
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic, limit).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    consumer.assign(partitions);
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions, limit);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions, limit);
    for (TopicPartition partition : partitions) {
      long last = end.getOrDefault(partition, 0L);
      consumer.seek(partition, Math.max(first.getOrDefault(partition, 0L), last - OFFSETS));
    }
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    while (System.nanoTime() < endNanos
        && partitions.stream()
            .anyMatch(each -> consumer.position(each) < end.getOrDefault(each, 0L))) {
      consumer.poll(POLL).forEach(records::add);
    }
    return records;
  }

  private static Properties properties(SinkOptions sink) {
    var properties = new Properties();
    properties.putAll(consumerProperties(sink));
    properties.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    properties.setProperty(
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Integer.toString(FETCH_BYTES));
    return properties;
  }

  /** Properties of a consumer that connects as the sink's producer does. */
  public static Map<String, String> consumerProperties(SinkOptions sink) {
    Map<String, String> properties = new HashMap<>();
    KafkaSecrets.withProviders(sink.kafka())
        .forEach(
            (name, value) -> {
              // Properties for the connection, without those that only a producer understands.
              if (ConsumerConfig.configNames().contains(name)
                  || !ProducerConfig.configNames().contains(name)) {
                properties.put(name, value);
              }
            });
    properties.remove(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG); // those of a producer
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, sink.bootstrapServers());
    return properties;
  }
}
