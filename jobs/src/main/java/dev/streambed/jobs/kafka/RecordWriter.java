package dev.streambed.jobs.kafka;

import static java.util.Objects.requireNonNull;

import dev.streambed.schemas.RecordHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Gives encoded records to Kafka as they are; Kafka chooses the partition by the key. Chunks go
 * where their document's key would. It names its topic to Flink because the transaction naming
 * strategy POOLING lists the transactions of that topic.
 */
final class RecordWriter
    implements KafkaRecordSerializationSchema<OutputRecord>, KafkaDatasetFacetProvider {
  private static final long serialVersionUID = 1L;

  private final String topic;

  RecordWriter(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      OutputRecord record, @Nullable KafkaSinkContext context, @Nullable Long ignoredEventTime) {
    List<Header> headers = new ArrayList<>(record.headers().size());
    for (RecordHeader header : record.headers()) {
      headers.add(
          new org.apache.kafka.common.header.internals.RecordHeader(header.key(), header.value()));
    }
    Long timestamp = record.timestampMillis() < 0 ? null : record.timestampMillis();
    return new ProducerRecord<>(
        topic, partition(record, context), timestamp, record.key(), record.value(), headers);
  }

  /** Null if Kafka is to choose. */
  private @Nullable Integer partition(OutputRecord record, @Nullable KafkaSinkContext context) {
    byte[] key = record.partitionKey();
    if (key == null) {
      return null;
    }
    int partitions =
        requireNonNull(context, "Flink's sink has one.").getPartitionsForTopic(topic).length;
    return Utils.toPositive(Utils.murmur2(key)) % partitions; // as Kafka's default partitioner
  }

  @Override
  public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic))));
  }
}
