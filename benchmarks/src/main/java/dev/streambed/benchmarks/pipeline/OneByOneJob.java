package dev.streambed.benchmarks.pipeline;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.json.TextRecordCodec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The job that people write today: an async function runs ONNX Runtime on one text at a time,
 * between a Kafka source and an exactly-once sink. Same model, records and cores as the job of
 * Streambed.
 */
@Internal
public final class OneByOneJob {
  private static final int CAPACITY = 100; // Flink's default
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);
  private static final String SPACE =
      "streambed://text-embedding@1/one-by-one@000000000000?dimensions=";

  private OneByOneJob() {}

  /** How ONNX Runtime uses the cores. */
  public enum Threads {
    /** Its defaults: each run uses all cores, whose threads spin while they wait. */
    DEFAULTS,
    /** One thread for each run. */
    ONE_A_RUN
  }

  /** A record of Kafka; public for Flink's serialiser. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way, never compared
  public record Line(byte[] key, byte[] value, int partition, long offset, long timestampMillis) {}

  public static void build(
      StreamExecutionEnvironment environment,
      PipelineTopics topics,
      Path modelDirectory,
      Threads threads) {
    KafkaSource<Line> source =
        KafkaSource.<Line>builder()
            .setBootstrapServers(topics.bootstrapServers())
            .setTopics(topics.input())
            .setGroupId(topics.output())
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setDeserializer(new Reader())
            .build();
    DataStream<Line> lines =
        environment.fromSource(source, WatermarkStrategy.noWatermarks(), "read");
    var properties = new Properties();
    properties.setProperty(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(TRANSACTION_TIMEOUT.toMillis()));
    AsyncDataStream.orderedWait(
            lines,
            new Embed(modelDirectory.toString(), topics.input(), threads),
            /* timeout= */ 0,
            TimeUnit.MILLISECONDS,
            CAPACITY)
        .returns(TypeInformation.of(Line.class))
        .sinkTo(
            KafkaSink.<Line>builder()
                .setBootstrapServers(topics.bootstrapServers())
                .setKafkaProducerConfig(properties)
                .setRecordSerializer(new Writer(topics.output()))
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(topics.output())
                .build());
  }

  /** One text a run, on a pool of one thread. Flink's task thread opens and closes it. */
  private static final class Embed extends RichAsyncFunction<Line, Line> {
    private static final long serialVersionUID = 1L;

    private final String modelDirectory;
    private final String topic;
    private final Threads threads;
    private transient @Nullable SingleTextEncoder encoder;
    private transient @Nullable ExecutorService pool;

    Embed(String modelDirectory, String topic, Threads threads) {
      this.modelDirectory = modelDirectory;
      this.topic = topic;
      this.threads = threads;
    }

    @Override
    public void open(OpenContext context) throws Exception {
      encoder = SingleTextEncoder.open(Path.of(modelDirectory), threads);
      pool = Executors.newFixedThreadPool(1); // a slot per core
    }

    @Override
    public void asyncInvoke(Line input, ResultFuture<Line> result) {
      if (pool == null || encoder == null) {
        throw new IllegalStateException("The function is not open.");
      }
      SingleTextEncoder opened = encoder;
      var unused =
          CompletableFuture.supplyAsync(() -> embed(opened, input), pool)
              .whenComplete(
                  (line, failure) -> {
                    if (failure == null) {
                      result.complete(List.of(line));
                    } else {
                      result.completeExceptionally(failure);
                    }
                  });
    }

    private Line embed(SingleTextEncoder opened, Line input) {
      TextRecord text =
          TextRecordCodec.decodeJson(input.value, KeyText.of(input.key), input.timestampMillis);
      SingleTextEncoder.Result found = opened.encode(text.text());
      var provenance =
          new Provenance(
              new ModelReference("one-by-one", "", "0".repeat(64), /* precision= */ null),
              SPACE + found.vector().length,
              /* prompt= */ null,
              found.tokens(),
              /* truncated= */ false,
              /* unknownTokens= */ 0,
              Provenance.contentHash(text.text()),
              new SourcePosition(topic, input.partition, input.offset));
      byte[] value =
          EmbeddingRecordCodec.encodeJson(
              new EmbeddingRecord(
                  text.key(),
                  text.text(),
                  found.vector(),
                  provenance,
                  text.metadata(),
                  text.eventTimeMillis()));
      return new Line(input.key, value, input.partition, input.offset, input.timestampMillis);
    }

    @Override
    public void close() throws Exception {
      if (pool != null) {
        pool.shutdownNow();
        if (!pool.awaitTermination(1, TimeUnit.MINUTES)) {
          throw new IllegalStateException("A run of ONNX Runtime does not end.");
        }
      }
      if (encoder != null) {
        encoder.close();
      }
    }
  }

  private static final class Reader implements KafkaRecordDeserializationSchema<Line> {
    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Line> out) {
      out.collect(
          new Line(
              record.key(),
              record.value(),
              record.partition(),
              record.offset(),
              record.timestamp()));
    }

    @Override
    public TypeInformation<Line> getProducedType() {
      return TypeInformation.of(Line.class);
    }
  }

  private record Writer(String topic) implements KafkaRecordSerializationSchema<Line> {
    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
        Line line, KafkaSinkContext context, @Nullable Long ignoredEventTime) {
      return new ProducerRecord<>(topic, null, line.timestampMillis, line.key, line.value);
    }
  }
}
