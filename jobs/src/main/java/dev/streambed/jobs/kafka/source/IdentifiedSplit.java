package dev.streambed.jobs.kafka.source;

import java.util.Objects;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * A partition and the job's position in it, with the id of the topic that the position belongs to.
 */
final class IdentifiedSplit extends KafkaPartitionSplit {
  private final @Nullable Uuid topicId;

  /**
   * @param topicId null if the split has not been read yet, or comes from before ids were kept
   */
  IdentifiedSplit(
      TopicPartition partition, long startingOffset, long stoppingOffset, @Nullable Uuid topicId) {
    super(partition, startingOffset, stoppingOffset);
    this.topicId = topicId;
  }

  /** The id that a split carries; null if it carries none. */
  static @Nullable Uuid topicId(KafkaPartitionSplit split) {
    return split instanceof IdentifiedSplit identified ? identified.topicId : null;
  }

  static long stoppingOffset(KafkaPartitionSplit split) {
    return split.getStoppingOffset().orElse(NO_STOPPING_OFFSET);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return super.equals(other)
        && other instanceof IdentifiedSplit split
        && Objects.equals(topicId, split.topicId);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), topicId);
  }

  @Override
  public String toString() {
    return super.toString() + (topicId == null ? "" : " of topic " + topicId);
  }
}
