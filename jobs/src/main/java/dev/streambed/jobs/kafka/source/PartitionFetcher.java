package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.TopicLookup;
import dev.streambed.jobs.kafka.TopicLookup.Topic;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import dev.streambed.jobs.registry.RecordGate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.time.Deadline;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads partitions with a consumer that never chooses an offset by itself. Offsets that Kafka no
 * longer has are a loss, which ends the job or is handed on among the records. Replaces the
 * connector's KafkaPartitionSplitReader. Confined to the fetcher's thread, except for {@link
 * #wakeUp}.
 */
final class PartitionFetcher
    implements SplitReader<ConsumerRecord<byte[], byte[]>, KafkaPartitionSplit> {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionFetcher.class);
  private static final Duration POLL_LIMIT = Duration.ofSeconds(10);

  /** How often to look for a topic or partition that is not there. */
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicLookup lookup;
  private final SourceOptions options;
  private final KafkaSourceReaderMetrics metrics;
  private final FetchSession session;
  private final RecordGate gate;
  private final Map<TopicPartition, TrackedPartition> tracked = new LinkedHashMap<>();

  /** Partitions of topics that the job no longer reads, for which a bounded job must not wait. */
  private final Set<TopicPartition> left = new LinkedHashSet<>();

  private Deadline nextLook = Deadline.now();

  /** News for the task thread, before any further record. */
  private final List<PositionUpdate> updates = new ArrayList<>();

  PartitionFetcher(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicLookup lookup,
      SourceOptions options,
      KafkaSourceReaderMetrics metrics,
      FetchSession session) {
    this.consumer = consumer;
    this.lookup = lookup;
    this.options = options;
    this.metrics = metrics;
    this.session = session;
    this.gate = options.format().openGate();
  }

  @Override
  public void handleSplitsChanges(SplitsChange<KafkaPartitionSplit> change) {
    if (!(change instanceof SplitsAddition)) {
      throw new UnsupportedOperationException("Partitions are never taken away: " + change);
    }
    List<TrackedPartition> added = new ArrayList<>();
    for (KafkaPartitionSplit split : change.splits()) {
      if (!options.topics().include(split.getTopic())) {
        leave(split);
        continue;
      }
      var partition = new TrackedPartition(split);
      tracked.put(partition.partition(), partition);
      added.add(partition);
      metrics.registerTopicPartition(partition.partition());
    }
    if (!added.isEmpty()) {
      TrackedPartition.takeEpochs(added, () -> lookup.committed(options.groupId()));
      locate(added, null);
    }
  }

  /** Reads no further in a topic that the options no longer name; the state keeps the position. */
  private void leave(KafkaPartitionSplit split) {
    LOG.warn(
        "Partition {} is in the job's state, but its topic is not among the source topics ({}). It is not read; if the topic is named again, it goes on at offset {}.",
        split.getTopicPartition(),
        options.topics(),
        split.getStartingOffset());
    if (options.bounded()) {
      left.add(split.getTopicPartition());
    }
  }

  @Override
  public RecordsWithSplitIds<ConsumerRecord<byte[], byte[]>> fetch() {
    if (left.isEmpty() && tracked.values().stream().allMatch(TrackedPartition::isMissing)) {
      session.awaitWakeUp(LOOK_INTERVAL);
    }
    List<TrackedPartition> unsure = unsure(session.takeNews());
    if (!unsure.isEmpty()) {
      locate(unsure, null);
    }
    var fetched = new FetchedRecords(metrics);
    if (updates.isEmpty() && !consumer.assignment().isEmpty()) {
      poll(fetched);
    }
    updates.forEach(
        update -> fetched.of(new TopicPartition(update.topic(), update.partition())).add(update));
    updates.clear();
    finish(fetched);
    return fetched;
  }

  /** The partitions to locate again: there is news of them, or they are missing. */
  private List<TrackedPartition> unsure(TopicWatch.@Nullable Seen news) {
    boolean isTimeToLook = nextLook.isOverdue();
    return tracked.values().stream()
        .filter(
            partition ->
                (news != null && partition.isChangedBy(news))
                    || (isTimeToLook && partition.isMissing()))
        .toList();
  }

  private void poll(FetchedRecords fetched) {
    Duration untilNext = gate.untilNext();
    if (untilNext.isZero()) {
      consumer.resume(consumer.paused());
    }
    ConsumerRecords<byte[], byte[]> records;
    try {
      records = consumer.poll(untilNext.isZero() ? POLL_LIMIT : untilNext);
    } catch (WakeupException e) {
      return;
    } catch (OffsetOutOfRangeException e) {
      locate(TrackedPartition.refused(e, tracked), e); // such a poll has returned no record
      return;
    } catch (TopicAuthorizationException e) { // nor has this one
      locate(tracked.values(), null);
      if (TrackedPartition.deniedTopics(tracked.values()).isEmpty()) {
        throw e; // Kafka does not tell what the job's user may do
      }
      return;
    }
    for (TopicPartition partition : records.partitions()) {
      TrackedPartition tracking = Objects.requireNonNull(tracked.get(partition));
      List<ConsumerRecord<byte[], byte[]>> kept = fetched.of(partition);
      for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
        if (record.offset() >= tracking.end()) {
          break;
        }
        if (!gate.isOpenFor(record.key(), record.value())) {
          hold(tracking);
          break;
        }
        kept.add(record);
        tracking.advanceTo(record.offset() + 1, record.leaderEpoch().orElse(null));
      }
      metrics.maybeAddRecordsLagMetric(consumer, partition);
    }
    metrics.updateNumBytesInCounter();
    records.nextOffsets().forEach(this::passMarks);
  }

  /**
   * Lets a partition wait at the record that cannot be decoded yet. Behind the fetcher it would
   * hold up the task, and with it the checkpoints (docs/decisions/0105).
   */
  private void hold(TrackedPartition partition) {
    consumer.seek(partition.partition(), partition.validated());
    consumer.pause(Set.of(partition.partition()));
  }

  /**
   * Moves a position past the marks of transactions that follow the last record: they are no
   * records, and no loss when they are gone.
   */
  private void passMarks(TopicPartition name, OffsetAndMetadata next) {
    TrackedPartition partition = Objects.requireNonNull(tracked.get(name));
    long position = Math.min(next.offset(), partition.end());
    boolean isHeld = consumer.paused().contains(name); // before a record that was fetched
    if (!isHeld && position > partition.position()) {
      partition.advanceTo(position, next.leaderEpoch().orElse(null));
      updates.add(partition.update(null));
    }
  }

  /**
   * Finds out where to go on in partitions that are new here, or may have changed.
   *
   * @param refusal Kafka's refusal to read at their positions, if that is the reason
   * @throws LostOffsetsException if that is not where the job was, and it must not go on
   */
  private void locate(
      Collection<TrackedPartition> partitions, @Nullable OffsetOutOfRangeException refusal) {
    Set<TopicPartition> names = new LinkedHashSet<>();
    partitions.forEach(partition -> names.add(partition.partition()));
    Set<String> topics = new LinkedHashSet<>();
    names.forEach(name -> topics.add(name.topic()));
    Map<String, Topic> found = lookup.find(topics, names);
    this.nextLook = Deadline.fromNow(LOOK_INTERVAL);
    for (TrackedPartition partition : partitions) {
      Topic topic = found.get(partition.partition().topic());
      if (topic == null) {
        // If the job must not go on without it, TopicWatch ends it.
        partition
            .miss()
            .filter(loss -> options.onLostOffsets() == LostOffsetsPolicy.CONTINUE)
            .ifPresent(updates::add);
      } else {
        partition.locate(topic, refusal).ifPresent(updates::add);
      }
    }
    List<LostOffsets> losses =
        updates.stream().flatMap(update -> Stream.ofNullable(update.loss())).toList();
    if (!losses.isEmpty() && options.onLostOffsets() == LostOffsetsPolicy.FAIL) {
      throw LostOffsetsException.of(losses);
    }
    session.deny(TrackedPartition.deniedTopics(tracked.values()));
    assign(names);
  }

  /**
   * Assigns the partitions that can be read to the consumer, and seeks the positions of the named
   * ones.
   */
  private void assign(Set<TopicPartition> located) {
    Set<TopicPartition> before = Set.copyOf(consumer.assignment());
    Map<TopicPartition, TrackedPartition> readable = new LinkedHashMap<>(tracked);
    readable.values().removeIf(partition -> partition.isFinished() || partition.isMissing());
    consumer.assign(readable.keySet());
    readable.forEach(
        (name, partition) -> {
          if (located.contains(name) || !before.contains(name)) {
            consumer.seek(name, partition.validated());
          }
        });
  }

  /** Lets go of partitions that have been read to the end of a bounded job. */
  private void finish(FetchedRecords fetched) {
    left.forEach(fetched::finish);
    left.clear();
    boolean isAnyFinished = false;
    for (TrackedPartition tracking : List.copyOf(tracked.values())) {
      if (tracking.isFinished()) {
        TopicPartition partition = tracking.partition();
        tracked.remove(partition);
        metrics.removeRecordsLagMetric(partition);
        fetched.finish(partition);
        isAnyFinished = true;
      }
    }
    if (isAnyFinished) {
      assign(Set.of());
    }
  }

  /** Commits the job's positions to Kafka, for others to see; the job itself never reads them. */
  void commit() {
    for (FetchSession.Commit commit : session.takeCommits()) {
      consumer.commitAsync(TrackedPartition.existing(commit.offsets(), tracked), commit);
    }
  }

  @Override
  public void wakeUp() {
    consumer.wakeup();
    session.wakeUp();
  }

  @Override
  public void close() {
    try (lookup;
        gate) {
      session.end(consumer, offsets -> TrackedPartition.existing(offsets, tracked));
    }
  }
}
