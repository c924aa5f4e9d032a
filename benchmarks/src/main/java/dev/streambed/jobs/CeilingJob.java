package dev.streambed.jobs;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.flink.FlinkSettings;
import dev.streambed.jobs.kafka.LossAwareSink;
import dev.streambed.jobs.kafka.OutputLimits;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.RecordReader;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import dev.streambed.operator.TextEmbedderFactory;
import dev.streambed.schemas.SourceRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.NullMarked;

/**
 * The steps of {@link EmbedTopicJob} around another embedder, to measure what they carry. It stands
 * in the job's package because the steps are nobody else's business.
 */
@NullMarked
public final class CeilingJob {
  private CeilingJob() {}

  /**
   * Adds the job to an environment.
   *
   * @param file as for {@link EmbedTopicJob#build}; its model directory is only named
   */
  public static void build(
      StreamExecutionEnvironment environment, Configuration file, TextEmbedderFactory embedders) {
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    FlinkSettings.apply(environment, file, options);
    DataStream<SourceRecord> records =
        environment.fromSource(
            source(options.source()), WatermarkStrategy.noWatermarks(), "read texts");
    var model =
        new ModelUse(
            new VectorSpace("free", "", "none", options.embedder().dimensions()),
            "",
            "0".repeat(64),
            EmbedderOptions.NO_PROMPT);
    SinkOptions sink = options.sink();
    DataStream<OutputRecord> encoded =
        EmbedTopicJob.connect(records, embedders, model, options, OutputLimits.ofOptions(sink))
            .embeddings();
    encoded.sinkTo(new LossAwareSink(sink, sink.topic(), sink.embeddingsPrefix()));
  }

  private static KafkaSource<SourceRecord> source(SourceOptions options) {
    return KafkaSource.<SourceRecord>builder()
        .setProperties(options.consumerProperties())
        .setBootstrapServers(options.bootstrapServers())
        .setTopics(options.topic())
        .setGroupId(options.groupId())
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setDeserializer(new RecordReader())
        .build();
  }
}
