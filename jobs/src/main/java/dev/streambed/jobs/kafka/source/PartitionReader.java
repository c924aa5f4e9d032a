package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.TopicLookup;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.schemas.SourceRecord;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.source.reader.synchronization.FutureCompletingBlockingQueue;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.metrics.KafkaSourceReaderMetrics;
import org.apache.flink.connector.kafka.source.reader.KafkaSourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitState;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.acl.AclOperation;

/**
 * The connector's reader over a {@link PartitionFetcher}, with topic ids in its state. Confined to
 * the task thread; owned by Flink's source operator.
 */
@SuppressWarnings("try") // close throws what the connector throws
final class PartitionReader extends KafkaSourceReader<SourceRecord> {
  private final PartitionFetchers fetchers;
  private final FetchSession session;

  private PartitionReader(
      PartitionFetchers fetchers,
      FetchSession session,
      Configuration configuration,
      SourceReaderContext context,
      KafkaSourceReaderMetrics metrics) {
    super(
        new FutureCompletingBlockingQueue<>(),
        fetchers,
        new PositionEmitter(context.metricGroup()),
        configuration,
        context,
        metrics);
    this.fetchers = fetchers;
    this.session = session;
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
            session, () -> fetcher(options, context.getIndexOfSubtask(), metrics, session));
    return new PartitionReader(fetchers, session, configuration, context, metrics);
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
  public List<KafkaPartitionSplit> snapshotState(long checkpointId) {
    List<KafkaPartitionSplit> splits = super.snapshotState(checkpointId);
    fetchers.remember(splits);
    return splits;
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
