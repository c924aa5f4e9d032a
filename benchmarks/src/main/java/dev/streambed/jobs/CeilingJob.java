package dev.streambed.jobs;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.operator.EmbeddingFunction;
import dev.streambed.operator.Enriched;
import dev.streambed.operator.TextEmbedderFactory;
import dev.streambed.operator.TextExtractor;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeHint;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * The steps of {@link EmbedTopicJob} around another embedder, to measure what they carry. It stands
 * in the job's package because the steps are nobody else's business.
 */
@NullMarked
public final class CeilingJob {
  private static final TypeInformation<Enriched<InputRecord>> ENRICHED =
      TypeInformation.of(new TypeHint<>() {});

  private CeilingJob() {}

  /** How vectors are written. */
  public enum Output {
    /** As the job does. */
    JSON,
    /** The vector alone, as little-endian floats. */
    BINARY
  }

  /**
   * Adds the job to an environment.
   *
   * @param file as for {@link EmbedTopicJob#build}; its model directory is only named
   */
  public static void build(
      StreamExecutionEnvironment environment,
      Configuration file,
      TextEmbedderFactory embedders,
      Output output) {
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    FlinkSettings.apply(environment, file, options);
    DataStream<SourceRecord> records =
        environment.fromSource(
            source(options.source()), WatermarkStrategy.noWatermarks(), "read texts");
    DataStream<OutputRecord> encoded =
        switch (output) {
          case JSON -> {
            var model = new ModelUse("free", "", "0".repeat(64), EmbedderOptions.NO_PROMPT);
            yield EmbedTopicJob.connect(records, embedders, model, options).embeddings();
          }
          case BINARY -> binary(records, embedders, options);
        };
    SinkOptions sink = options.sink();
    encoded.sinkTo(new LossAwareSink(sink, sink.topic(), sink.embeddingsPrefix()));
  }

  private static DataStream<OutputRecord> binary(
      DataStream<SourceRecord> records, TextEmbedderFactory embedders, EmbedTopicOptions options) {
    DataStream<InputRecord> decoded =
        records.process(
            new DecodeFunction(options.source().format(), options.source().requireKey()),
            TypeInformation.of(InputRecord.class));
    return EmbeddingFunction.embed(decoded, embedders, new Text(), options.batching(), ENRICHED)
        .process(new EncodeBinary(), TypeInformation.of(OutputRecord.class));
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

  private static final class Text implements TextExtractor<InputRecord> {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable String text(InputRecord input) {
      TextRecord text = input.text();
      return text == null ? null : text.text();
    }

    @Override
    public @Nullable String promptName(InputRecord input) {
      return null;
    }
  }

  private static final class EncodeBinary
      extends ProcessFunction<Enriched<InputRecord>, OutputRecord> {
    private static final long serialVersionUID = 1L;

    @Override
    public void processElement(
        Enriched<InputRecord> enriched, Context context, Collector<OutputRecord> out) {
      float[] vector = enriched.vector();
      byte[] value = null;
      if (vector != null) {
        ByteBuffer bytes =
            ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        value = bytes.array();
      }
      out.collect(OutputRecord.of(enriched.input().source(), value));
    }
  }
}
