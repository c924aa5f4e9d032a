package dev.streambed.jobs.kafka;

import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * Takes records from Kafka as they are. An exception here would stop the job, so nothing is decoded
 * yet.
 */
@Internal
public final class RecordReader implements KafkaRecordDeserializationSchema<SourceRecord> {
  private static final long serialVersionUID = 1L;

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SourceRecord> out) {
    out.collect(read(record));
  }

  static SourceRecord read(ConsumerRecord<byte[], byte[]> record) {
    List<RecordHeader> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(new RecordHeader(header.key(), header.value()));
    }
    var position = new SourcePosition(record.topic(), record.partition(), record.offset());
    return new SourceRecord(position, record.timestamp(), record.key(), record.value(), headers);
  }

  @Override
  public TypeInformation<SourceRecord> getProducedType() {
    return TypeInformation.of(SourceRecord.class);
  }
}
