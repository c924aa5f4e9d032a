package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.RecordReader;
import dev.streambed.schemas.SourceRecord;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.connector.base.source.reader.RecordEmitter;
import org.apache.flink.connector.kafka.source.reader.KafkaRecordEmitter;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitState;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Emits records, and takes over positions; counts and logs losses. The metrics are in the group
 * {@value #GROUP} of the source. Confined to the task thread.
 *
 * <table>
 *   <caption>Metrics</caption>
 *   <tr><td>lostPositions</td><td>counter</td><td>times that the job could not go on at its position in a partition</td></tr>
 *   <tr><td>lostRecords</td><td>counter</td><td>offsets that it passed over unread, where the number is known</td></tr>
 *   <tr><td>deniedTopics</td><td>gauge</td><td>topics that the job's user may not read, of {@link PartitionReader}</td></tr>
 * </table>
 */
final class PositionEmitter
    implements RecordEmitter<
        ConsumerRecord<byte[], byte[]>, SourceRecord, KafkaPartitionSplitState> {
  static final String GROUP = "source";

  private static final Logger LOG = LoggerFactory.getLogger(PositionEmitter.class);

  private final KafkaRecordEmitter<SourceRecord> records =
      new KafkaRecordEmitter<>(new RecordReader());
  private final Counter lostPositions;
  private final Counter lostRecords;

  PositionEmitter(MetricGroup operator) {
    MetricGroup group = operator.addGroup(GROUP);
    this.lostPositions = group.counter("lostPositions");
    this.lostRecords = group.counter("lostRecords");
  }

  @Override
  public void emitRecord(
      ConsumerRecord<byte[], byte[]> record,
      SourceOutput<SourceRecord> output,
      KafkaPartitionSplitState state)
      throws Exception {
    if (!(record instanceof PositionUpdate update)) {
      records.emitRecord(record, output, state);
      ((IdentifiedSplitState) state).takeEpochOf(record);
      return;
    }
    ((IdentifiedSplitState) state).moveTo(update);
    LostOffsets loss = update.loss();
    if (loss != null) {
      lostPositions.inc();
      lostRecords.inc(loss.unread().orElse(0));
      LOG.warn("{}{}", loss.message(), loss.outcome());
    }
  }
}
