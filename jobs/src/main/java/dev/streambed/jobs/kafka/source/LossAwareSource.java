package dev.streambed.jobs.kafka.source;

import dev.streambed.jobs.kafka.RecordReader;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.schemas.SourceRecord;
import java.io.IOException;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;
import org.apache.flink.streaming.api.lineage.SourceLineageVertex;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * Flink's Kafka source, but it notices when Kafka no longer has the offsets that the job wants to
 * read (docs/decisions/0080). Its state is that of {@link KafkaSource}, with the topic's id and the
 * leader's epoch beside each position, so each can go on where the other stopped.
 */
@Internal
public final class LossAwareSource
    implements Source<SourceRecord, KafkaPartitionSplit, KafkaSourceEnumState>,
        ResultTypeQueryable<SourceRecord>,
        LineageVertexProvider {
  private static final long serialVersionUID = 1L;

  private final KafkaSource<SourceRecord> connector;
  private final SourceOptions options;
  private final SinkOptions sink;

  /**
   * A source.
   *
   * @param sink whose topics are watched, too
   */
  public LossAwareSource(SourceOptions options, SinkOptions sink) {
    this.connector = connector(options, new SourceTopicSubscriber(options.topics()), Set.of());
    this.options = options;
    this.sink = sink;
  }

  private static KafkaSource<SourceRecord> connector(
      SourceOptions options, SourceTopicSubscriber subscriber, Set<String> known) {
    Properties properties = options.consumerProperties();
    properties.remove(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG); // the builder asks FirstOffsets
    if (options.bounded()) {
      properties.remove(KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key());
    }
    KafkaSourceBuilder<SourceRecord> builder =
        KafkaSource.<SourceRecord>builder()
            .setProperties(properties)
            .setKafkaSubscriber(subscriber)
            .setStartingOffsets(new FirstOffsets(known))
            .setDeserializer(new RecordReader());
    if (options.bounded()) {
      builder.setBounded(OffsetsInitializer.latest());
    }
    return builder.build();
  }

  @Override
  public SourceReader<SourceRecord, KafkaPartitionSplit> createReader(SourceReaderContext context) {
    return PartitionReader.open(options, context);
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    var subscriber = new SourceTopicSubscriber(options.topics());
    return new TopicWatch(
        connector(options, subscriber, Set.of()).createEnumerator(context),
        context,
        options,
        sink,
        subscriber,
        Set.of());
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state)
      throws IOException {
    Set<String> known = new HashSet<>();
    state.splits().forEach(split -> known.add(split.split().getTopic()));
    // A topic that the state does not have begins as the topics of a job without state.
    boolean isNamedAnew = !known.containsAll(options.topics().names());
    var subscriber = new SourceTopicSubscriber(options.topics());
    return new TopicWatch(
        connector(options, subscriber, isNamedAnew ? known : Set.of())
            .restoreEnumerator(
                context, isNamedAnew ? new KafkaSourceEnumState(state.splits(), false) : state),
        context,
        options,
        sink,
        subscriber,
        known);
  }

  @Override
  public Boundedness getBoundedness() {
    return connector.getBoundedness();
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return new IdentifiedSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return connector.getEnumeratorCheckpointSerializer();
  }

  @Override
  public TypeInformation<SourceRecord> getProducedType() {
    return connector.getProducedType();
  }

  @Override
  public SourceLineageVertex getLineageVertex() {
    return connector.getLineageVertex();
  }
}
