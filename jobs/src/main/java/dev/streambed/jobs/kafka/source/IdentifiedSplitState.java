package dev.streambed.jobs.kafka.source;

import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/** The position in a partition after the last emitted record. Confined to the task thread. */
final class IdentifiedSplitState extends KafkaPartitionSplitState {
  private @Nullable Uuid topicId;
  private @Nullable Integer leaderEpoch;

  IdentifiedSplitState(KafkaPartitionSplit split) {
    super(split);
    this.topicId = IdentifiedSplit.topicId(split);
    this.leaderEpoch = IdentifiedSplit.leaderEpoch(split);
  }

  void moveTo(PositionUpdate update) {
    setCurrentOffset(update.offset());
    this.topicId = update.topicId();
    takeEpochOf(update);
  }

  /** Remembers which leader wrote the record before the position. */
  void takeEpochOf(ConsumerRecord<?, ?> record) {
    this.leaderEpoch = record.leaderEpoch().orElse(null);
  }

  @Override
  public KafkaPartitionSplit toKafkaPartitionSplit() {
    return new IdentifiedSplit(
        getTopicPartition(),
        getCurrentOffset(),
        IdentifiedSplit.stoppingOffset(this),
        topicId,
        leaderEpoch);
  }
}
