package dev.streambed.jobs.kafka.source;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * News of a position, among the records that the fetcher hands to the task thread, so that state
 * changes exactly between the records before and after it. Its offset is the next to read.
 */
final class PositionUpdate extends ConsumerRecord<byte[], byte[]> {
  private final @Nullable Uuid topicId;
  private final @Nullable LostOffsets loss;

  /**
   * @param leaderEpoch of what is before the position; null if unknown
   */
  PositionUpdate(
      TopicPartition partition,
      long position,
      @Nullable Integer leaderEpoch,
      @Nullable Uuid topicId,
      @Nullable LostOffsets loss) {
    super(
        partition.topic(),
        partition.partition(),
        position,
        NO_TIMESTAMP,
        TimestampType.NO_TIMESTAMP_TYPE,
        NULL_SIZE,
        NULL_SIZE,
        new byte[0],
        new byte[0],
        new RecordHeaders(),
        Optional.ofNullable(leaderEpoch));
    this.topicId = topicId;
    this.loss = loss;
  }

  @Nullable Uuid topicId() {
    return topicId;
  }

  /** The offsets that were passed over to get there, if any. */
  @Nullable LostOffsets loss() {
    return loss;
  }
}
