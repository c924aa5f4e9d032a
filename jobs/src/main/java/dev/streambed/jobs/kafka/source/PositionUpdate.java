package dev.streambed.jobs.kafka.source;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * News of a position, among the records that the fetcher hands to the task thread, so that state
 * changes exactly between the records before and after it. Its offset is the next to read.
 */
final class PositionUpdate extends ConsumerRecord<byte[], byte[]> {
  private final @Nullable Uuid topicId;
  private final @Nullable LostOffsets loss;

  PositionUpdate(
      TopicPartition partition, long position, @Nullable Uuid topicId, @Nullable LostOffsets loss) {
    super(partition.topic(), partition.partition(), position, new byte[0], new byte[0]);
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
