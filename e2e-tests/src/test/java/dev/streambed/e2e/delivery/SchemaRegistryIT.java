package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.ApicurioRegistry;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.harness.KeyStores;
import dev.streambed.e2e.harness.SecuredRegistry;
import dev.streambed.e2e.records.CanaryExtension;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.jobs.registry.RegistryOutage;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/examples/avro.yaml against a real registry: it dies while the job runs, somebody else's
 * client writes with it, it asks for logins over TLS. Promises 1 and 7 of CONTRIBUTING.md.
 */
class SchemaRegistryIT implements RegisteredEmbeddingsTests, RegistryLoginTests {
  private static final int BATCH = AvroRecords.BATCH;

  @TempDir private static Path directory;
  private static KafkaBroker broker;
  private static ApicurioRegistry registry;
  private static FaultyCluster cluster;

  @BeforeAll
  static void start() throws Exception {
    broker = KafkaBroker.start();
    registry = ApicurioRegistry.start(directory);
    cluster = FaultyCluster.start(directory);
  }

  @AfterAll
  static void stop() {
    cluster.close();
    registry.close();
    broker.close();
  }

  @Override
  public KafkaBroker broker() {
    return broker;
  }

  @Override
  public FaultyCluster cluster() {
    return cluster;
  }

  @Override
  public ApicurioRegistry registry() {
    return registry;
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Test
  void deliversEachRecordOnceThoughTheRegistryAndATaskManagerDie() throws Exception {
    List<Integer> ids = AvroRecords.register(registry);
    JobTopics topics = JobTopics.create(broker, "avro");
    JobID job = cluster.submit(pipeline(topics, registry.url()), EmbedTopicJob::build);
    AvroRecords.send(topics, 0, ids, "");
    awaitWritten(topics, BATCH);
    cluster.checkpoint(job);

    registry.kill();
    AvroRecords.send(topics, BATCH, ids, AvroRecords.MORE); // a schema that no task has seen
    await("wait for the registry").atMost(LIMIT).until(() -> RegistryOutage.longestMillis() > 0);
    cluster.checkpoint(job); // records that wait hold up no checkpoint
    assertThat(cluster.restores(job)).isZero();
    cluster.replaceTaskManager();
    await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > 0);
    registry.restart();
    Topics.send(
        broker,
        List.of(
            new ProducerRecord<>(
                topics.input(), AvroRecords.key(ids.get(0), 999), new byte[] {0, 0, 0, 0, 77, 0})));
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
    assertThatThrownBy(
            () -> EmbedTopicJob.build(environment(), pipeline(topics, "http://127.0.0.1:1")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Cannot use the schema registry: http://127.0.0.1:1 does not");
  }

  /** Records that somebody else's client wrote, with a login over TLS. */
  @Test
  void readsWhatFlinksOwnFormatWrites() throws Exception {
    JobTopics topics = JobTopics.create(broker, "foreign");
    AvroRecords.sendForeign(topics, registry, 4);
    var keys = new KeyStores(Files.createTempDirectory(directory, "keys"), "store-canary");
    keys.make("registry");
    try (var secured =
        new SecuredRegistry(
            registry.url(), keys, Set.of(RegistryLoginTests.basic("login-canary")))) {
      Configuration pipeline = pipeline(topics, secured.url());
      pipeline.setString("streambed.registry.username", "ali");
      pipeline.setString(
          "streambed.registry.password", RegistryLoginTests.secret(directory, "login-canary"));
      pipeline.setString(
          "streambed.registry.ssl.truststore.location", keys.certificate("registry").toString());
      pipeline.setString(
          "streambed.source.text", "{/title}{/author/name} {/author/address/city}\n{/tags}");
      pipeline.setString(
          "streambed.source.metadata", "/price;/published;/tags;city: /author/address/city");
      JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
      awaitWritten(topics, 4);
      cluster.checkpoint(job);
      cluster.drain(job);
    }

    Map<String, EmbeddingRecord> embeddings = new TreeMap<>();
    topics
        .readEmbeddings()
        .forEach(
            record -> {
              EmbeddingRecord embedding = embedding(record.value());
              embeddings.put(String.valueOf(embedding.key()), embedding);
            });
    assertThat(embeddings.values())
        .extracting(EmbeddingRecord::text)
        .containsExactly("Ali \na\nb", "T1Ali Riga\na\nb", "Ali \na\nb", "T3Ali Riga\na\nb");
    EmbeddingRecord first = Objects.requireNonNull(embeddings.get("{\"id\":1}"));
    assertThat(first.eventTimeMillis()).isEqualTo(1_700_000_000_123L);
    assertThat(first.metadata())
        .isEqualTo(
            Map.of(
                "price",
                19.9,
                "published",
                "2023-11-14T22:13:20.123Z",
                "tags",
                List.of("a", "b"),
                "city",
                "Riga"));
    assertThat(Files.readString(CanaryExtension.logFile())).doesNotContain("-canary");
  }

  private static StreamExecutionEnvironment environment() {
    return new StreamExecutionEnvironment();
  }

  /** The example as it is, but for names and addresses. */
  private static Configuration pipeline(JobTopics topics, String registryUrl) throws Exception {
    return pipeline(topics, registryUrl, Map.of());
  }

  private static Configuration pipeline(
      JobTopics topics, String registryUrl, Map<String, String> login) throws Exception {
    return pipeline("avro", topics, registryUrl, login);
  }

  /** An example by its name. */
  static Configuration pipeline(
      String example, JobTopics topics, String registryUrl, Map<String, String> login)
      throws Exception {
    Configuration pipeline =
        PipelineFile.read(Path.of("../docs/examples/%s.yaml".formatted(example)));
    pipeline.setString("streambed.registry.url", registryUrl);
    login.forEach((key, value) -> pipeline.setString("streambed.registry." + key, value));
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, topics.broker().bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, topics.input());
    pipeline.set(JobOptions.SINK_TOPIC, topics.output());
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, topics.deadLetters());
    pipeline.set(JobOptions.MODEL_DIRECTORY, DefaultModel.open().path().toString());
    pipeline.set(JobOptions.STARTUP_TIMEOUT, Duration.ofSeconds(5));
    pipeline.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofSeconds(20));
    return pipeline;
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
