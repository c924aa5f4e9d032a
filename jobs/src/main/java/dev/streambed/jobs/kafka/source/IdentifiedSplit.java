package dev.streambed.jobs.kafka.source;

import java.util.Objects;
import java.util.Optional;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A partition and the job's position in it, with what tells whether the position still means the
 * same: the id of the topic, and the epoch of the leader that wrote the last record before it.
 */
final class IdentifiedSplit extends KafkaPartitionSplit {
  private final @Nullable Uuid topicId;
  private final @Nullable Integer leaderEpoch;

  /**
   * @param topicId null if the split has not been read yet, or comes from before ids were kept
   * @param leaderEpoch null if no record was read, or before epochs were kept
   */
  IdentifiedSplit(
      TopicPartition partition,
      long startingOffset,
      long stoppingOffset,
      @Nullable Uuid topicId,
      @Nullable Integer leaderEpoch) {
    super(partition, startingOffset, stoppingOffset);
    this.topicId = topicId;
    this.leaderEpoch = leaderEpoch;
  }

  /** The id that a split carries; null if it carries none. */
  static @Nullable Uuid topicId(KafkaPartitionSplit split) {
    return split instanceof IdentifiedSplit identified ? identified.topicId : null;
  }

  /** The epoch that a split carries; null if it carries none. */
  static @Nullable Integer leaderEpoch(KafkaPartitionSplit split) {
    return split instanceof IdentifiedSplit identified ? identified.leaderEpoch : null;
  }

  /** The position with the epoch, for Kafka; of a split that has an offset. */
  static OffsetAndMetadata position(KafkaPartitionSplit split) {
    return new OffsetAndMetadata(
        split.getStartingOffset(), Optional.ofNullable(leaderEpoch(split)), "");
  }

  static long stoppingOffset(KafkaPartitionSplit split) {
    return split.getStoppingOffset().orElse(NO_STOPPING_OFFSET);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return super.equals(other)
        && other instanceof IdentifiedSplit split
        && Objects.equals(topicId, split.topicId)
        && Objects.equals(leaderEpoch, split.leaderEpoch);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), topicId, leaderEpoch);
  }

  @Override
  public String toString() {
    return super.toString()
        + (topicId == null ? "" : " of topic " + topicId)
        + (leaderEpoch == null ? "" : " in epoch " + leaderEpoch);
  }
}
