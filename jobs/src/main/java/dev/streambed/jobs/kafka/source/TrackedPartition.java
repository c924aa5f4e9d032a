package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.TopicLookup.Offsets;
import dev.streambed.jobs.kafka.TopicLookup.Topic;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
  private @Nullable Integer leaderEpoch;
  private boolean missing;
  private boolean denied;
  private int looksInVain;

  TrackedPartition(KafkaPartitionSplit split) {
    this.partition = split.getTopicPartition();
    this.position = split.getStartingOffset();
    this.end = split.getStoppingOffset().orElse(Long.MAX_VALUE);
    this.topicId = IdentifiedSplit.topicId(split);
    this.leaderEpoch = IdentifiedSplit.leaderEpoch(split);
  }

  TopicPartition partition() {
    return partition;
  }

  /** The next offset to read; negative until it is found for the first time. */
  long position() {
    return position;
  }

  /**
   * The position for Kafka's consumer, which asks the leader whether it still has what the job read
   * before that; a bare offset may have been written anew.
   */
  OffsetAndMetadata validated() {
    return new OffsetAndMetadata(position, Optional.ofNullable(leaderEpoch), "");
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

  /**
   * Takes note of a look for its topic, which is not there. It keeps its position, for a topic that
   * was only out of sight.
   *
   * @return the loss, once, when the topic counts as deleted
   */
  Optional<PositionUpdate> miss() {
    this.missing = true;
    this.denied = false;
    looksInVain++;
    return looksInVain == TopicWatch.LOOKS_IN_VAIN
        ? Optional.of(update(loss(LostOffsets.Reason.DELETED, position)))
        : Optional.empty();
  }

  /** The topics among those of partitions that the job's user may not read at present. */
  static Set<String> deniedTopics(Collection<TrackedPartition> all) {
    return all.stream()
        .filter(partition -> partition.denied)
        .map(partition -> partition.partition.topic())
        .collect(Collectors.toSet());
  }

  /** A job without state starts at the offsets of its group, which have epochs, too. */
  static void takeEpochs(
      List<TrackedPartition> added, Supplier<Map<TopicPartition, OffsetAndMetadata>> ofGroup) {
    if (added.stream().allMatch(partition -> partition.topicId != null)) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> committed = ofGroup.get();
    for (TrackedPartition partition : added) {
      OffsetAndMetadata offset = committed.get(partition.partition);
      if (offset != null && partition.topicId == null && partition.position == offset.offset()) {
        partition.leaderEpoch = offset.leaderEpoch().orElse(null);
      }
    }
  }

  /** Whether its topic has come, gone or become another one since it was located. */
  boolean isChangedBy(TopicWatch.Seen seen) {
    String id = seen.topicIds().get(partition.topic());
    if (id == null) {
      return false;
    }
    return id.equals(TopicWatch.GONE) ? !missing : missing || !id.equals(String.valueOf(topicId));
  }

  /** Those whose positions Kafka refuses. */
  static List<TrackedPartition> refused(
      OffsetOutOfRangeException refusal, Map<TopicPartition, TrackedPartition> all) {
    return refusal.partitions().stream().flatMap(name -> Stream.ofNullable(all.get(name))).toList();
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

  /**
   * Moves the position past what was read.
   *
   * @param epoch of the leader that wrote the last of it; null if Kafka does not tell
   */
  void advanceTo(long next, @Nullable Integer epoch) {
    this.position = next;
    this.leaderEpoch = epoch;
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
      this.looksInVain = 0;
      return Optional.empty();
    }
    long oldPosition = position;
    Uuid oldTopicId = topicId;
    LostOffsets loss = locate(topic);
    Offsets offsets = topic.offsets().get(partition);
    if (loss == null && offsets != null && refusal != null) {
      loss = relocate(offsets, refusal);
    }
    return loss != null || position != oldPosition || !Objects.equals(topicId, oldTopicId)
        ? Optional.of(update(loss))
        : Optional.empty();
  }

  /** News of the position for the task thread. */
  PositionUpdate update(@Nullable LostOffsets loss) {
    return new PositionUpdate(partition, position, leaderEpoch, topicId, loss);
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
      this.leaderEpoch = null;
    }
    this.topicId = topic.id();
    this.looksInVain = 0;
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
   * Goes on where Kafka can, after it has refused the position.
   *
   * @return what is lost; null if the position is in range again
   */
  @Nullable LostOffsets relocate(Offsets offsets, OffsetOutOfRangeException refusal) {
    LostOffsets loss;
    if (position < offsets.beginning()) {
      loss = loss(LostOffsets.Reason.EXPIRED, Math.min(end, offsets.beginning()));
    } else if (refusal instanceof LogTruncationException truncation) {
      // Without an offset where the logs diverge, all that is left may have been written anew.
      OffsetAndMetadata diverging = truncation.divergentOffsets().get(partition);
      long next = diverging == null ? 0 : diverging.offset();
      loss = loss(LostOffsets.Reason.TRUNCATED, Math.max(next, offsets.beginning()));
    } else if (position > offsets.end()) {
      loss = loss(LostOffsets.Reason.TRUNCATED, offsets.beginning());
    } else {
      return null;
    }
    this.position = loss.next();
    this.leaderEpoch = null;
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
