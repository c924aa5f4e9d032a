package dev.streambed.jobs.kafka;

import static dev.streambed.jobs.Samples.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.Options;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordReaderAndWriterTest {

  @Test
  void keepBytesHeadersAndTimestamp() {
    var headers = new RecordHeaders();
    headers.add("trace", new byte[] {1});
    headers.add("trace", null);
    headers.add("", new byte[0]);

    SourceRecord source = read(consumed(42, utf8("key"), new byte[] {(byte) 0xff}, headers));
    ProducerRecord<byte[], byte[]> written =
        write(OutputRecord.of(source, source.value(), OutputHeaders.DEFAULT));

    assertThat(source)
        .isEqualTo(
            new SourceRecord(
                new SourcePosition("texts", 3, 7),
                42,
                utf8("key"),
                new byte[] {(byte) 0xff},
                List.of(
                    new RecordHeader("trace", new byte[] {1}),
                    new RecordHeader("trace", null),
                    new RecordHeader("", new byte[0]))));
    assertThat(written.topic()).isEqualTo("out");
    assertThat(written.partition()).isNull();
    assertThat(written.timestamp()).isEqualTo(42);
    assertThat(written.key()).isEqualTo(utf8("key"));
    assertThat(written.value()).containsExactly(0xff);
    assertThat(written.headers().toArray()).isEqualTo(headers.toArray());
  }

  @Test
  void keepNullAndEmptyApart() {
    SourceRecord nulls = read(consumed(42, null, null, new RecordHeaders()));
    SourceRecord empties = read(consumed(42, new byte[0], new byte[0], new RecordHeaders()));

    assertThat(write(OutputRecord.of(nulls, nulls.value(), OutputHeaders.DEFAULT)).key()).isNull();
    assertThat(write(OutputRecord.of(nulls, nulls.value(), OutputHeaders.DEFAULT)).value())
        .isNull();
    assertThat(write(OutputRecord.of(empties, empties.value(), OutputHeaders.DEFAULT)).key())
        .isEmpty();
    assertThat(write(OutputRecord.of(empties, empties.value(), OutputHeaders.DEFAULT)).value())
        .isEmpty();
  }

  @Test
  void leaveTheTimestampToKafkaWhereTheRecordHasNone() {
    SourceRecord source =
        read(consumed(ConsumerRecord.NO_TIMESTAMP, null, new byte[0], new RecordHeaders()));

    assertThat(write(OutputRecord.of(source, null, OutputHeaders.DEFAULT)).timestamp()).isNull();
  }

  @Test
  void buildSinksOfBothNamingStrategies() {
    for (TransactionNamingStrategy naming : TransactionNamingStrategy.values()) {
      EmbedTopicOptions options =
          EmbedTopicOptions.from(
              Options.with("streambed.sink.transaction-naming", naming.toString()));

      // POOLING refuses a serialiser that does not name its topics.
      assertThat(new LossAwareSink(options.sink(), "out", options.sink().embeddingsPrefix()))
          .isNotNull();
    }
  }

  private static ConsumerRecord<byte[], byte[]> consumed(
      long timestamp, byte @Nullable [] key, byte @Nullable [] value, RecordHeaders headers) {
    return new ConsumerRecord<>(
        "texts",
        3,
        7,
        timestamp,
        TimestampType.CREATE_TIME,
        /* serializedKeySize= */ 0,
        /* serializedValueSize= */ 0,
        key,
        value,
        headers,
        Optional.empty());
  }

  private static SourceRecord read(ConsumerRecord<byte[], byte[]> record) {
    List<SourceRecord> read = new ArrayList<>();
    new RecordReader().deserialize(record, new ListCollector<>(read));
    return read.get(0);
  }

  private static ProducerRecord<byte[], byte[]> write(OutputRecord record) {
    return new RecordWriter("out").serialize(record, null, null);
  }

  /** The partition that Kafka's own partitioner would choose for the document. */
  @Test
  void putsChunksIntoThePartitionOfTheirDocument() {
    for (int partitions : new int[] {1, 3, 64}) {
      var context = new FixedPartitions(partitions);
      for (int i = 0; i < 200; i++) {
        byte[] document = utf8("document-" + i);
        byte[] key = Objects.requireNonNull(utf8("document-" + i + "#7"));
        OutputRecord whole =
            new OutputRecord(document, /* value= */ null, List.of(), 0, /* source= */ null);

        ProducerRecord<byte[], byte[]> chunk =
            new RecordWriter("t").serialize(whole.ofChunk(key), context, 0L);

        assertThat(chunk.key()).isEqualTo(key);
        assertThat(chunk.partition())
            .isEqualTo(BuiltInPartitioner.partitionForKey(document, partitions));
        assertThat(new RecordWriter("t").serialize(whole, context, 0L).partition()).isNull();
      }
    }
  }

  private record FixedPartitions(int count)
      implements KafkaRecordSerializationSchema.KafkaSinkContext {
    @Override
    public int getParallelInstanceId() {
      return 0;
    }

    @Override
    public int getNumberOfParallelInstances() {
      return 1;
    }

    @Override
    public int[] getPartitionsForTopic(String topic) {
      return IntStream.range(0, count).toArray();
    }
  }
}
