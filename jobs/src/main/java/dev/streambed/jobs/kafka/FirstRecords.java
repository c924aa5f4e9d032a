package dev.streambed.jobs.kafka;

import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.schemas.SourceRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records that a job without a checkpoint would read first. Reading them joins no group and
 * commits nothing. Used by one thread.
 *
 * @param records sorted by topic, partition and offset
 * @param begin where they begin, as a part of a sentence
 */
@Internal
public record FirstRecords(List<SourceRecord> records, String begin) {
  private static final Logger LOG = LoggerFactory.getLogger(FirstRecords.class);

  private static final Duration POLL = Duration.ofMillis(100);

  private static final Comparator<SourceRecord> BY_POSITION =
      Comparator.<SourceRecord>comparingInt(record -> record.position().partition())
          .thenComparingLong(record -> record.position().offset());

  public FirstRecords {
    records = List.copyOf(records);
  }

  /**
   * Reads up to so many records, of each topic about as many. They begin at the offsets that the
   * group has committed, else at the earliest; at the earliest, too, if the group has read all.
   *
   * @param topics there may be none
   * @param limit of each request, and of the time without a record
   * @throws InvalidPipelineException if Kafka does not let the job's user read, or does not answer
   */
  public static FirstRecords read(
      SourceOptions source, List<String> topics, int count, Duration limit) {
    try (var consumer =
        new KafkaConsumer<>(
            source.consumerProperties(),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      return new Reading(consumer, source.groupId(), limit).read(topics, count);
    } catch (AuthorizationException e) {
      throw new InvalidPipelineException(
          "Kafka does not let the job's user read %s as group %s: %s. Grant it the right to READ both."
              .formatted(source.topics(), source.groupId(), e.getMessage()),
          e);
    } catch (KafkaException e) {
      throw new InvalidPipelineException(
          "Cannot read %s from Kafka at %s: %s."
              .formatted(source.topics(), source.bootstrapServers(), e.getMessage()),
          e);
    }
  }

  /**
   * How they are read.
   *
   * @param limit of each request, and of the time without a record
   */
  record Reading(Consumer<byte[], byte[]> consumer, String group, Duration limit) {

    FirstRecords read(List<String> topics, int count) {
      Set<TopicPartition> all = new LinkedHashSet<>();
      for (String topic : topics) {
        for (PartitionInfo info : consumer.partitionsFor(topic, limit)) {
          all.add(new TopicPartition(topic, info.partition()));
        }
      }
      if (all.isEmpty()) {
        return new FirstRecords(List.of(), "the earliest record");
      }
      Map<TopicPartition, Long> earliest = consumer.beginningOffsets(all, limit);
      // With read_committed the end is before the first open transaction.
      Map<TopicPartition, Long> ends = consumer.endOffsets(all, limit);
      Map<TopicPartition, Long> committed = committed(earliest, ends);
      if (committed.isEmpty()) {
        return new FirstRecords(
            read(topics, count, earliest, ends),
            "the earliest record, as group %s has committed no offsets".formatted(group));
      }
      Map<TopicPartition, Long> begins = new HashMap<>(earliest);
      begins.putAll(committed);
      List<SourceRecord> records = read(topics, count, begins, ends);
      if (records.isEmpty()) {
        return new FirstRecords(
            read(topics, count, earliest, ends),
            "the earliest record, as group %s has read all there is".formatted(group));
      }
      return new FirstRecords(
          records,
          "the offsets of group %s%s"
              .formatted(
                  group,
                  committed.size() < all.size() ? ", or the earliest where it has none" : ""));
    }

    /** The offsets of the group that Kafka still has. */
    private Map<TopicPartition, Long> committed(
        Map<TopicPartition, Long> earliest, Map<TopicPartition, Long> ends) {
      Map<TopicPartition, Long> committed = new HashMap<>();
      consumer
          .committed(earliest.keySet(), limit)
          .forEach(
              (partition, offset) -> {
                if (offset != null && offset.offset() >= earliest.getOrDefault(partition, 0L)) {
                  committed.put(
                      partition, Math.min(offset.offset(), ends.getOrDefault(partition, 0L)));
                }
              });
      return committed;
    }

    /** Divides the number by the topics that are left; what one does not have, later ones get. */
    private List<SourceRecord> read(
        List<String> topics,
        int count,
        Map<TopicPartition, Long> begins,
        Map<TopicPartition, Long> ends) {
      List<SourceRecord> records = new ArrayList<>();
      for (int i = 0; i < topics.size(); i++) {
        String topic = topics.get(i);
        int left = topics.size() - i;
        int share = (count - records.size() + left - 1) / left; // rounded up
        List<TopicPartition> partitions =
            begins.keySet().stream().filter(each -> each.topic().equals(topic)).toList();
        consumer.assign(partitions);
        partitions.forEach(each -> consumer.seek(each, begins.getOrDefault(each, 0L)));
        records.addAll(poll(topic, share, ends));
      }
      return records;
    }

    /** Marks of transactions, and what is compacted away, are offsets without records. */
    private List<SourceRecord> poll(String topic, int count, Map<TopicPartition, Long> ends) {
      List<SourceRecord> records = new ArrayList<>();
      long lastNanos = System.nanoTime();
      while (records.size() < count
          && consumer.assignment().stream()
              .anyMatch(each -> consumer.position(each, limit) < ends.getOrDefault(each, 0L))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          lastNanos = System.nanoTime();
          if (records.size() < count) {
            records.add(RecordReader.read(record));
          }
        }
        if (System.nanoTime() - lastNanos > limit.toNanos()) {
          LOG.warn(
              "Kafka has sent no further record of topic {} for {} ms; going on without.",
              topic,
              limit.toMillis());
          break;
        }
      }
      records.sort(BY_POSITION);
      return records;
    }
  }
}
