package dev.streambed.jobs.kafka;

import dev.streambed.jobs.options.SinkOptions;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.sink.TwoPhaseCommittingStatefulSink.PrecommittingStatefulSinkWriter;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.metrics.MetricNames;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.lineage.LineageVertex;
import org.apache.flink.streaming.api.lineage.LineageVertexProvider;

/**
 * Flink's exactly-once Kafka sink with a {@link LossAwareCommitter} and a {@link
 * SafelyClosedWriter}. Operators, names and state are those of {@link KafkaSink}, so each can go on
 * where the other stopped.
 */
@Internal
public final class LossAwareSink
    implements Sink<OutputRecord>,
        SupportsWriterState<OutputRecord, KafkaWriterState>,
        SupportsCommitter<KafkaCommittable>,
        SupportsPostCommitTopology<KafkaCommittable>,
        LineageVertexProvider {
  private static final long serialVersionUID = 1L;

  private final KafkaSink<OutputRecord> connector;
  private final SinkOptions options;
  private final String topic;
  private final String transactionalIdPrefix;

  public LossAwareSink(SinkOptions options, String topic, String transactionalIdPrefix) {
    this.connector =
        KafkaSink.<OutputRecord>builder()
            .setKafkaProducerConfig(options.producerProperties())
            .setBootstrapServers(options.bootstrapServers())
            .setRecordSerializer(new RecordWriter(topic))
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(transactionalIdPrefix)
            .setTransactionNamingStrategy(options.transactionNaming())
            .build();
    this.options = options;
    this.topic = topic;
    this.transactionalIdPrefix = transactionalIdPrefix;
  }

  @Override
  public Committer<KafkaCommittable> createCommitter(CommitterInitContext context)
      throws IOException {
    FirstGauges.keep(context.metricGroup(), MetricNames.PENDING_COMMITTABLES);
    return new LossAwareCommitter(
        connector.createCommitter(context), options, topic, context.getRestoredCheckpointId());
  }

  @Override
  public SinkWriter<OutputRecord> createWriter(WriterInitContext context) {
    return restoreWriter(context, List.of());
  }

  @Override
  public StatefulSinkWriter<OutputRecord, KafkaWriterState> restoreWriter(
      WriterInitContext context, Collection<KafkaWriterState> recoveredState) {
    FirstGauges.keep(context.metricGroup());
    return new SafelyClosedWriter(openWriter(context, recoveredState), topic);
  }

  private PrecommittingStatefulSinkWriter<OutputRecord, KafkaWriterState, KafkaCommittable>
      openWriter(WriterInitContext context, Collection<KafkaWriterState> recoveredState) {
    if (options.transactionNaming() != TransactionNamingStrategy.POOLING) {
      return connector.restoreWriter(context, recoveredState);
    }
    return PoolingWriter.open(
        connector, transactionalIdPrefix, new RecordWriter(topic), context, recoveredState);
  }

  @Override
  public SimpleVersionedSerializer<KafkaWriterState> getWriterStateSerializer() {
    return connector.getWriterStateSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaCommittable> getCommittableSerializer() {
    return connector.getCommittableSerializer();
  }

  @Override
  public void addPostCommitTopology(DataStream<CommittableMessage<KafkaCommittable>> committed) {
    connector.addPostCommitTopology(committed);
  }

  @Override
  public LineageVertex getLineageVertex() {
    return connector.getLineageVertex();
  }
}
