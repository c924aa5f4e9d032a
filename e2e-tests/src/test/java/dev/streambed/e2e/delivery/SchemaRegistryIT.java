package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.model.DefaultModel;
import dev.streambed.e2e.harness.ApicurioRegistry;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.jobs.registry.PatientRegistry;
import dev.streambed.jobs.registry.RegistryClient;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.jobs.registry.RegistrySchema;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/examples/avro.yaml against a real registry, which dies while the job runs. Promises 1 and 7
 * of CONTRIBUTING.md.
 */
class SchemaRegistryIT {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final int BATCH = 50;

  private static final String KIND =
      "{\"type\":\"enum\",\"name\":\"shop.Kind\",\"symbols\":[\"NEWS\",\"BLOG\"]}";

  private static final String ARTICLE =
      """
      {"type":"record","name":"shop.Article","fields":[
       {"name":"title","type":["null","string"]},{"name":"body","type":"string"},{"name":"kind","type":"shop.Kind"},
       {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
       {"name":"published","type":{"type":"long","logicalType":"timestamp-millis"}}%s]}""";

  private static final String MORE = ",{\"name\":\"author\",\"type\":\"string\",\"default\":\"\"}";

  @TempDir private Path directory;

  @Test
  void deliversEachRecordOnceThoughTheRegistryAndATaskManagerDie() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start();
        ApicurioRegistry registry = ApicurioRegistry.start(directory);
        FaultyCluster cluster = FaultyCluster.start(directory)) {
      register(registry);
      JobTopics topics = JobTopics.create(broker, "avro");
      JobID job = cluster.submit(pipeline(topics, registry), EmbedTopicJob::build);
      send(topics, 0, 3, "");
      awaitWritten(topics, BATCH);
      cluster.checkpoint(job);

      registry.kill();
      send(topics, BATCH, 4, MORE); // a schema that no task has seen
      await("wait for the registry")
          .atMost(LIMIT)
          .until(() -> PatientRegistry.longestWaitMillis() > 0);
      long restores = cluster.restores(job);
      cluster.replaceTaskManager();
      await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
      registry.restart();
      Topics.send(
          broker,
          List.of(new ProducerRecord<>(topics.input(), key(999), new byte[] {0, 0, 0, 0, 77, 0})));
      awaitWritten(topics, 2 * BATCH);
      await("dead letter")
          .atMost(LIMIT)
          .until(() -> Topics.readUncommitted(broker, topics.deadLetters()).size() > 0);
      cluster.checkpoint(job);
      cluster.drain(job);

      assertThat(topics.readEmbeddings().stream().map(record -> embedding(record.value()).key()))
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(0, 2 * BATCH).mapToObj(i -> "{\"id\":" + i + "}").toList());
      EmbeddingRecord one = embedding(topics.readEmbeddings().get(0).value());
      assertThat(one.text()).matches("Title \\d+\n\nw1 w2");
      assertThat(one.eventTimeMillis()).isEqualTo(1_700_000_000_123L);
      assertThat(one.metadata())
          .isEqualTo(Map.of("price", 19.9, "published", "2023-11-14T22:13:20.123Z"));
      assertThat(Topics.deadLetters(broker, topics.deadLetters()))
          .extracting(DeadLetter::reason)
          .containsExactly("UNKNOWN_SCHEMA");

      registry.kill();
      assertThatThrownBy(() -> cluster.submit(pipeline(topics, registry), EmbedTopicJob::build))
          .isInstanceOf(InvalidPipelineException.class)
          .hasMessageStartingWith("Cannot use the schema registry: http://127.0.0.1:");
    }
  }

  /** The example as it is, but for names and addresses. */
  private static Configuration pipeline(JobTopics topics, ApicurioRegistry registry)
      throws Exception {
    Configuration pipeline = PipelineFile.read(Path.of("../docs/examples/avro.yaml"));
    pipeline.setString("streambed.registry.url", registry.url());
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, topics.broker().bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, topics.input());
    pipeline.set(JobOptions.SINK_TOPIC, topics.output());
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, topics.deadLetters());
    pipeline.set(JobOptions.MODEL_DIRECTORY, DefaultModel.open(line -> {}).path().toString());
    pipeline.set(JobOptions.STARTUP_TIMEOUT, Duration.ofSeconds(5));
    pipeline.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofSeconds(20));
    return pipeline;
  }

  /** Registers the schemas: ids 1 to 4. */
  private static void register(ApicurioRegistry registry) throws Exception {
    var kind = new RegistrySchema.Reference("shop.Kind", "kind", 1);
    var options = new RegistryOptions(List.of(registry.url()), null, null, Map.of());
    try (var client = new RegistryClient(options)) {
      assertThat(
              List.of(
                  client.register(
                      "key",
                      avro(
                          "{\"type\":\"record\",\"name\":\"Key\",\"fields\":[{\"name\":\"id\",\"type\":\"int\"}]}")),
                  client.register("kind", avro(KIND)),
                  client.register("value", avro(ARTICLE.formatted(""), kind)),
                  client.register("value", avro(ARTICLE.formatted(MORE), kind))))
          .containsExactly(1, 2, 3, 4);
      assertThat(client.isCompatible("value", avro(ARTICLE.formatted(""), kind))).isTrue();
    }
  }

  private static RegistrySchema avro(String text, RegistrySchema.Reference... references) {
    return new RegistrySchema(RegistrySchema.AVRO, text, List.of(references));
  }

  private static void send(JobTopics topics, int first, int schemaId, String more)
      throws Exception {
    Schema.Parser parser = new Schema.Parser();
    Schema kind = parser.parse(KIND);
    Schema schema = parser.parse(ARTICLE.formatted(more));
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = first; i < first + BATCH; i++) {
      var record = new GenericData.Record(schema);
      record.put("title", "Title " + i);
      record.put("body", "w1 w2");
      record.put("kind", new GenericData.EnumSymbol(kind, "BLOG"));
      record.put("price", ByteBuffer.wrap(new byte[] {0x07, (byte) 0xC6})); // 1990
      record.put("published", 1_700_000_000_123L);
      if (!more.isEmpty()) {
        record.put("author", "ali");
      }
      var bytes = new ByteArrayOutputStream();
      bytes.writeBytes(new byte[] {0, 0, 0, 0, (byte) schemaId});
      BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
      new GenericDatumWriter<>(schema).write(record, out);
      out.flush();
      records.add(new ProducerRecord<>(topics.input(), key(i), bytes.toByteArray()));
    }
    Topics.send(topics.broker(), records);
  }

  private static byte[] key(int id) throws Exception {
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {0, 0, 0, 0, 1});
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    out.writeInt(id);
    out.flush();
    return bytes.toByteArray();
  }

  private static EmbeddingRecord embedding(byte[] value) {
    return EmbeddingRecordCodec.decodeJson(value);
  }

  private static void awaitWritten(JobTopics topics, int records) {
    await("output")
        .atMost(LIMIT)
        .until(
            () ->
                Topics.readUncommitted(topics.broker(), topics.output()).stream()
                        .map(record -> embedding(record.value()).key())
                        .distinct()
                        .count()
                    >= records);
  }
}
