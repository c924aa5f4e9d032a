package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.TopicLookup;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.jobs.options.SourceTopics;
import dev.streambed.schemas.SourceRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitState;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads with a {@link PartitionFetcher}, with topic ids in its state, and commits the positions of
 * checkpoints. Replaces the connector's KafkaSourceReader, which forgets to commit the end of a
 * partition if the commit of an earlier checkpoint comes back late (docs/decisions/0081). Confined
 * to the task thread; owned by Flink's source operator.
 */
@SuppressWarnings("try") // close throws what the connector throws
final class PartitionReader
    extends SingleThreadMultiplexSourceReaderBase<
        ConsumerRecord<byte[], byte[]>,
        SourceRecord,
        KafkaPartitionSplit,
        KafkaPartitionSplitState> {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionReader.class);

  private final PartitionFetchers fetchers;
  private final FetchSession session;
  private final KafkaSourceReaderMetrics metrics;
  private final SourceTopics topics;
  private final boolean commits;

  /** The ends of partitions that a bounded job has read. */
  private final Map<TopicPartition, OffsetAndMetadata> finished = new HashMap<>();

  /** The positions of checkpoints that are not complete yet, by their ids. */
  private final NavigableMap<Long, Map<TopicPartition, OffsetAndMetadata>> positions =
      new TreeMap<>();

  private PartitionReader(
      PartitionFetchers fetchers,
      FetchSession session,
      Configuration configuration,
      SourceReaderContext context,
      KafkaSourceReaderMetrics metrics,
      SourceTopics topics) {
    super(fetchers, new PositionEmitter(context.metricGroup()), configuration, context);
    this.fetchers = fetchers;
    this.session = session;
    this.metrics = metrics;
    this.topics = topics;
    this.commits = configuration.get(KafkaSourceOptions.COMMIT_OFFSETS_ON_CHECKPOINT);
  }

  static PartitionReader open(SourceOptions options, SourceReaderContext context) {
    var metrics = new KafkaSourceReaderMetrics(context.metricGroup());
    var session = new FetchSession();
    context
        .metricGroup()
        .addGroup(PositionEmitter.GROUP)
        .gauge("deniedTopics", session::deniedTopics);
    var configuration = new Configuration();
    Properties properties = options.consumerProperties();
    properties
        .stringPropertyNames()
        .forEach(name -> configuration.setString(name, properties.getProperty(name)));
    var fetchers =
        new PartitionFetchers(
            session,
            () -> fetcher(options, context.getIndexOfSubtask(), metrics, session),
            configuration);
    return new PartitionReader(
        fetchers, session, configuration, context, metrics, options.topics());
  }

  private static PartitionFetcher fetcher(
      SourceOptions options, int subtask, KafkaSourceReaderMetrics metrics, FetchSession session) {
    Properties properties = options.consumerProperties();
    properties.setProperty(ConsumerConfig.CLIENT_ID_CONFIG, options.groupId() + "-" + subtask);
    KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties);
    if (KafkaSourceOptions.<Boolean>getOption(
        properties, KafkaSourceOptions.REGISTER_KAFKA_CONSUMER_METRICS, Boolean::valueOf)) {
      metrics.registerKafkaConsumerMetrics(consumer);
    }
    metrics.registerNumBytesIn(consumer);
    Properties ofLookup = options.consumerProperties();
    ofLookup.setProperty(
        ConsumerConfig.CLIENT_ID_CONFIG, "%s-%d-lookup".formatted(options.groupId(), subtask));
    var lookup = new TopicLookup(ofLookup, AclOperation.READ, session::isClosed);
    return new PartitionFetcher(consumer, lookup, options, metrics, session);
  }

  @Override
  protected KafkaPartitionSplitState initializedState(KafkaPartitionSplit split) {
    return new IdentifiedSplitState(split);
  }

  @Override
  protected KafkaPartitionSplit toSplitType(String id, KafkaPartitionSplitState state) {
    return state.toKafkaPartitionSplit();
  }

  @Override
  protected void onSplitFinished(Map<String, KafkaPartitionSplitState> states) {
    states.values().forEach(state -> addPosition(state.toKafkaPartitionSplit(), finished));
  }

  @Override
  public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
    List<KafkaPartitionSplit> splits = super.snapshotState(checkpointId);
    if (commits) {
      Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>(finished);
      splits.forEach(split -> addPosition(split, all));
      positions.put(checkpointId, all);
    }
    return splits;
  }

  /** Adds the position, with its epoch, if it is known already and its topic is read. */
  private void addPosition(KafkaPartitionSplit split, Map<TopicPartition, OffsetAndMetadata> all) {
    if (split.getStartingOffset() >= 0 && topics.include(split.getTopic())) {
      all.put(split.getTopicPartition(), IdentifiedSplit.position(split));
    }
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    Map<TopicPartition, OffsetAndMetadata> reached = positions.get(checkpointId);
    positions.headMap(checkpointId, true).clear();
    if (reached != null && !reached.isEmpty()) {
      fetchers.commitOffsets(
          reached, (committed, failure) -> noteCommit(checkpointId, committed, failure));
    }
  }

  private void noteCommit(
      long checkpointId,
      Map<TopicPartition, OffsetAndMetadata> committed,
      @Nullable Exception failure) {
    if (failure != null) {
      metrics.recordFailedCommit();
      LOG.warn("Failed to commit consumer offsets for checkpoint {}", checkpointId, failure);
      return;
    }
    metrics.recordSucceededCommit();
    committed.forEach(
        (partition, offset) -> metrics.recordCommittedOffset(partition, offset.offset()));
  }

  @Override
  public void handleSourceEvents(SourceEvent event) {
    if (event instanceof TopicWatch.Seen seen) {
      session.announce(seen);
      if (getNumberOfCurrentlyAssignedSplits() > 0) {
        fetchers.wakeUp();
      }
    } else {
      super.handleSourceEvents(event);
    }
  }

  @Override
  public void close() throws Exception {
    session.close();
    super.close();
  }
}
