package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.source.TopicLookup.Offsets;
import dev.streambed.jobs.kafka.source.TopicLookup.Topic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;

/**
 * Where a fetcher is in a partition, and the rules by which a position is lost. Confined to the
 * fetcher's thread.
 */
final class TrackedPartition {
  private final TopicPartition partition;
  private long position;
  private long end;
  private @Nullable Uuid topicId;
  private boolean missing;
  private boolean denied;

  TrackedPartition(KafkaPartitionSplit split) {
    this.partition = split.getTopicPartition();
    this.position = split.getStartingOffset();
    this.end = split.getStoppingOffset().orElse(Long.MAX_VALUE);
    this.topicId = IdentifiedSplit.topicId(split);
  }

  TopicPartition partition() {
    return partition;
  }

  /** The next offset to read; negative until it is found for the first time. */
  long position() {
    return position;
  }

  /** The offset before which a bounded job ends. */
  long end() {
    return end;
  }

  boolean isFinished() {
    return position >= end;
  }

  @Nullable Uuid topicId() {
    return topicId;
  }

  /** Whether it does not exist at present: the consumer must not ask for it. */
  boolean isMissing() {
    return missing;
  }

  /** Its topic is not there. */
  void miss() {
    this.missing = true;
    this.denied = false;
  }

  /** The topics among those of partitions that the job's user may not read at present. */
  static Set<String> deniedTopics(Collection<TrackedPartition> all) {
    return all.stream()
        .filter(partition -> partition.denied)
        .map(partition -> partition.partition.topic())
        .collect(Collectors.toSet());
  }

  /** Whether its topic has come, gone or become another one since it was located. */
  boolean isChangedBy(TopicWatch.Seen seen) {
    String id = seen.topicIds().get(partition.topic());
    if (id == null) {
      return false;
    }
    return id.equals(TopicWatch.GONE) ? !missing : missing || !id.equals(String.valueOf(topicId));
  }

  /** Those whose positions Kafka refuses; each is at the position that was refused. */
  static List<TrackedPartition> refused(
      OffsetOutOfRangeException refusal, Map<TopicPartition, TrackedPartition> all) {
    List<TrackedPartition> refused = new ArrayList<>();
    refusal
        .offsetOutOfRangePartitions()
        .forEach(
            (name, position) -> {
              TrackedPartition partition = all.get(name);
              if (partition != null) {
                partition.advanceTo(Math.max(position, partition.position()));
                refused.add(partition);
              }
            });
    return refused;
  }

  /** Positions without those of partitions that do not exist at present. */
  static Map<TopicPartition, OffsetAndMetadata> existing(
      Map<TopicPartition, OffsetAndMetadata> positions, Map<TopicPartition, TrackedPartition> all) {
    Map<TopicPartition, OffsetAndMetadata> existing = new HashMap<>(positions);
    all.forEach(
        (name, partition) -> {
          if (partition.missing) {
            existing.remove(name);
          }
        });
    return existing;
  }

  /** Moves the position past the records that were read. */
  void advanceTo(long next) {
    this.position = next;
  }

  /**
   * Finds out where to go on in the topic as it is now.
   *
   * @param refusal Kafka's refusal to read at the position, if that is the reason
   * @return what has changed, if anything
   */
  Optional<PositionUpdate> locate(Topic topic, @Nullable OffsetOutOfRangeException refusal) {
    this.denied = topic.isDenied();
    if (denied) {
      this.missing = true; // for the consumer; the position stays as it is
      return Optional.empty();
    }
    long oldPosition = position;
    Uuid oldTopicId = topicId;
    LostOffsets loss = locate(topic);
    Offsets offsets = topic.offsets().get(partition);
    if (loss == null && offsets != null && refusal != null) {
      loss = relocate(offsets, diverging(refusal));
    }
    return loss != null || position != oldPosition || !Objects.equals(topicId, oldTopicId)
        ? Optional.of(update(loss))
        : Optional.empty();
  }

  private @Nullable Long diverging(OffsetOutOfRangeException refusal) {
    if (refusal instanceof LogTruncationException truncation) {
      OffsetAndMetadata diverging = truncation.divergentOffsets().get(partition);
      return diverging == null ? null : diverging.offset();
    }
    return null;
  }

  /** News of the position for the task thread. */
  PositionUpdate update(@Nullable LostOffsets loss) {
    return new PositionUpdate(partition, position, topicId, loss);
  }

  /**
   * Finds the position in the topic as it is now.
   *
   * @return the loss if the job cannot go on where it was
   */
  @Nullable LostOffsets locate(Topic topic) {
    LostOffsets loss = null;
    if (topicId != null && topic.id() != null && !topicId.equals(topic.id())) {
      // All of the new topic is unread. If it has already lost its first records, a fetch says so.
      LostOffsets.Reason reason =
          topic.offsets().containsKey(partition)
              ? LostOffsets.Reason.REMADE
              : LostOffsets.Reason.REMADE_WITHOUT_IT;
      loss = position < 0 ? null : loss(reason, 0);
      this.position = 0;
    }
    this.topicId = topic.id();
    Offsets offsets = topic.offsets().get(partition);
    this.missing = offsets == null;
    if (offsets != null) {
      if (position == KafkaPartitionSplit.EARLIEST_OFFSET) {
        this.position = 0; // found while running, so no record of it may be missing
      } else if (position < 0) {
        this.position = offsets.beginning(); // state of 0.1.0, which had read none of it
      }
      // Only a topic that was cut off or made anew ends before where a bounded job is to end.
      this.end = end == Long.MAX_VALUE ? end : Math.min(end, offsets.end());
    }
    return loss;
  }

  /**
   * Goes on where Kafka can, after it has said that the position is out of range.
   *
   * @param diverging the first offset that was written anew, if Kafka knows it
   * @return what is lost; null if the position is in range again
   */
  @Nullable LostOffsets relocate(Offsets offsets, @Nullable Long diverging) {
    LostOffsets loss;
    if (position < offsets.beginning()) {
      loss = loss(LostOffsets.Reason.EXPIRED, Math.min(end, offsets.beginning()));
    } else if (diverging != null) {
      loss = loss(LostOffsets.Reason.TRUNCATED, Math.max(diverging, offsets.beginning()));
    } else if (position > offsets.end()) {
      loss = loss(LostOffsets.Reason.TRUNCATED, offsets.beginning());
    } else {
      return null;
    }
    this.position = loss.next();
    return loss;
  }

  private LostOffsets loss(LostOffsets.Reason reason, long next) {
    return new LostOffsets(reason, partition, position, next);
  }

  @Override
  public String toString() {
    return "%s@%d of %s".formatted(partition, position, Objects.toString(topicId));
  }
}
