package dev.streambed.sql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.query.CommittedRecords;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.types.Row;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The statements of docs/sql.md over Kafka tables, with a real broker. */
@Timeout(180)
@SuppressWarnings("try") // close() of a cluster may be interrupted, as a test may
class KafkaTablesIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int MANY = 4000;

  private static KafkaBroker broker;
  private static KafkaProducer<String, String> producer;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    broker = KafkaBroker.start();
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new StringSerializer(),
            new StringSerializer());
  }

  @AfterAll
  static void stop() {
    producer.close();
    broker.close();
  }

  /** Topics of the test's own in the place of those of an example. */
  private record Topics(String input, String output) {
    static Topics create() throws Exception {
      Topics topics = new Topics("in-" + UUID.randomUUID(), "out-" + UUID.randomUUID());
      broker.createTopic(topics.input, 2);
      broker.createTopic(topics.output, 2);
      return topics;
    }

    UnaryOperator<String> of(String input, String output) {
      return script ->
          script
              .replace("localhost:9092", broker.bootstrapServers())
              .replace("'" + input + "'", "'" + this.input + "'")
              .replace("'" + output + "'", "'" + this.output + "'");
    }

    void send(@Nullable String key, @Nullable String value) {
      var unused = producer.send(new ProducerRecord<>(input, key, value));
    }

    CommittedRecords written() {
      return new CommittedRecords(
          Map.of("bootstrap.servers", broker.bootstrapServers()), List.of(output));
    }

    /** How often each key was written, in committed transactions. */
    Map<String, Integer> counts() {
      Map<String, Integer> counts = new HashMap<>();
      try (CommittedRecords records = written()) {
        records.readToEnd(record -> counts.merge(new String(record.key(), UTF_8), 1, Integer::sum));
      }
      return counts;
    }
  }

  /** Sends texts with numbers from one to the one before another. */
  private static void sendArticles(Topics topics, int from, int to) {
    for (int id = from; id < to; id++) {
      topics.send(
          null, "{\"id\":\"%d\",\"body\":\"peace %s\"}".formatted(id, "war ".repeat(id % 7)));
    }
    producer.flush();
  }

  private static MiniCluster cluster(Configuration configuration) throws Exception {
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(200));
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(2)
                .setNumSlotsPerTaskManager(1)
                .withRandomPorts()
                .build());
    cluster.start();
    return cluster;
  }

  private static void awaitKeys(Topics topics, int keys) {
    Map<String, Integer> counts = new HashMap<>();
    try (CommittedRecords records = topics.written()) {
      while (counts.size() < keys) {
        records.poll(
            POLL, record -> counts.merge(new String(record.key(), UTF_8), 1, Integer::sum));
      }
    }
  }

  private static JobStatusMessage job(MiniCluster cluster) throws Exception {
    return cluster.listJobs().get().stream()
        .filter(job -> job.getJobState() == JobStatus.RUNNING)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void writesEachRecordOnceThoughATaskManagerIsLost() throws Exception {
    Topics topics = Topics.create();
    sendArticles(topics, 0, MANY);
    try (MiniCluster cluster = cluster(new Configuration())) {
      UnaryOperator<String> own = topics.of("articles", "article-embeddings");
      ExamplesIT.run(SqlSession.on(cluster), "kafka.sql", script -> faster(own.apply(script)));
      awaitKeys(topics, 1);
      sendArticles(topics, MANY, 2 * MANY);

      cluster.terminateTaskManager(0).get();
      cluster.startTaskManager();

      awaitKeys(topics, 2 * MANY);
      assertThat(
              cluster
                  .getExecutionGraph(cluster.listJobs().get().iterator().next().getJobId())
                  .get()
                  .getFailureInfo())
          .isNotNull();
    }

    assertThat(topics.counts()).hasSize(2 * MANY).allSatisfy((key, n) -> assertThat(n).isOne());
  }

  @Test
  void writesEachRecordOnceOverASavepointWithRowsInFlight() throws Exception {
    Topics topics = Topics.create();
    sendArticles(topics, 0, MANY);
    UnaryOperator<String> own = topics.of("articles", "article-embeddings");
    try (MiniCluster cluster = cluster(new Configuration())) {
      ExamplesIT.run(SqlSession.on(cluster), "kafka.sql", script -> faster(own.apply(script)));
      awaitKeys(topics, 1);
      sendArticles(topics, MANY, 10 * MANY);
      String savepoint =
          cluster
              .stopWithSavepoint(
                  job(cluster).getJobId(),
                  folder.toUri().toString(),
                  /* terminate= */ false,
                  SavepointFormatType.CANONICAL)
              .get();
      assertThat(topics.counts()).hasSizeLessThan(10 * MANY); // so there were rows on the way

      SqlSession restored = SqlSession.on(cluster);
      restored.tables().getConfig().set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
      ExamplesIT.run(restored, "kafka.sql", script -> faster(own.apply(script)));

      awaitKeys(topics, 10 * MANY);
    }

    assertThat(topics.counts()).hasSize(10 * MANY).allSatisfy((key, n) -> assertThat(n).isOne());
  }

  private static String faster(String script) {
    return script.replace("'1 s'", "'200 ms'");
  }

  @Test
  void keepsEmbeddingsOfAnUpsertTopicUpToDate() throws Exception {
    Topics topics = Topics.create();
    topics.send("a", "{\"id\":\"a\",\"description\":\"peace\"}");
    topics.send("b", "{\"id\":\"b\",\"description\":\"war\"}");
    topics.send("c", "{\"id\":\"c\",\"description\":\"food\"}");
    topics.send("a", "{\"id\":\"a\",\"description\":\"world\"}");
    topics.send("b", null);

    assertKeepsEmbeddingsUpToDate(topics, "changes.sql", "products");
  }

  @Test
  void keepsEmbeddingsOfDebeziumsChangesUpToDate() throws Exception {
    Topics topics = Topics.create();
    String row = "{\"id\":\"%s\",\"description\":\"%s\"}";
    String change = "{\"before\":%s,\"after\":%s,\"op\":\"%s\"}";
    topics.send("a", change.formatted(null, row.formatted("a", "peace"), "c"));
    topics.send("b", change.formatted(null, row.formatted("b", "war"), "c"));
    topics.send("c", change.formatted(null, row.formatted("c", "food"), "c"));
    topics.send(
        "a", change.formatted(row.formatted("a", "peace"), row.formatted("a", "world"), "u"));
    topics.send("b", change.formatted(row.formatted("b", "war"), null, "d"));

    assertKeepsEmbeddingsUpToDate(topics, "debezium.sql", "shop.public.products");
  }

  /** The topic ends with a as world, without b, and with c as food. */
  private static void assertKeepsEmbeddingsUpToDate(Topics topics, String example, String name)
      throws Exception {
    producer.flush();
    UnaryOperator<String> own = topics.of(name, "product-embeddings");
    String bounded = "'%s', 'scan.bounded.mode' = 'latest-offset'".formatted(topics.input);
    ExamplesIT.run(
        SqlSession.streaming(),
        example,
        script -> own.apply(script).replace("'" + topics.input + "'", bounded));

    Map<String, List<@Nullable JsonNode>> written = new HashMap<>();
    try (CommittedRecords records = topics.written()) {
      records.readToEnd(
          record ->
              written
                  .computeIfAbsent(new String(record.key(), UTF_8), key -> new ArrayList<>())
                  .add(tree(record.value())));
    }

    assertThat(written).containsOnlyKeys("a", "b", "c");
    assertThat(last(written, "b")).isNull();
    assertThat(description(written, "a")).isEqualTo("world");
    assertThat(description(written, "c")).isEqualTo("food");
    assertThat(vector(written, "a")).isEqualTo(embedded("world"));
    assertThat(vector(written, "c")).isEqualTo(embedded("food"));
  }

  private static @Nullable JsonNode tree(byte @Nullable [] value) {
    try {
      return value == null ? null : JSON.readTree(value);
    } catch (IOException e) {
      throw new AssertionError("The sink writes JSON.", e);
    }
  }

  private static @Nullable JsonNode last(
      Map<String, List<@Nullable JsonNode>> written, String key) {
    List<@Nullable JsonNode> values = written.getOrDefault(key, List.of());
    return values.get(values.size() - 1);
  }

  private static String description(Map<String, List<@Nullable JsonNode>> written, String key) {
    JsonNode value = last(written, key);
    return value == null ? "" : value.path("description").asText();
  }

  private static List<Float> vector(Map<String, List<@Nullable JsonNode>> written, String key) {
    List<Float> vector = new ArrayList<>();
    JsonNode value = last(written, key);
    if (value != null) {
      value.path("embedding").forEach(each -> vector.add(Float.valueOf(each.asText())));
    }
    return vector;
  }

  private static List<Float> embedded(String text) throws Exception {
    SqlSession session = SqlSession.batch().model("m", "embedding ARRAY<FLOAT>");
    session.texts("t", List.of(text));
    Row row =
        session.query("SELECT embedding FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(txt))").get(0);
    return List.of((Float[]) row.getField("embedding"));
  }
}
