package dev.streambed.e2e.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.harness.JobClient;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Stores that take what jobs of the pipeline files in docs/output.md write. The jobs run on one
 * cluster of processes, of which a TaskManager is killed; PostgreSQL is filled meanwhile.
 */
class StoresIT implements OpenSearchTests, PgvectorTests {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int PARTITIONS = 2;
  private static final int PARALLELISM = 2;

  /** Both jobs fit on one TaskManager while the other is gone. */
  private static final int SLOTS = 2 * PARALLELISM;

  @TempDir private static Path directory;
  private static KafkaBroker broker;
  private static List<StoreTopic> topics;
  private static Map<String, float[]> queries;
  private static @Nullable PgvectorTable table;

  @BeforeAll
  static void embed() throws Exception {
    ModelDirectory model = DefaultModel.open();
    queries = queries(model);
    broker = KafkaBroker.start();
    topics = List.of(new StoreTopic(broker, "opensearch"), new StoreTopic(broker, "connect-json"));
    broker.createTopic(Articles.TOPIC, PARTITIONS);
    for (StoreTopic topic : topics) {
      broker.createTopic(topic.name(), PARTITIONS);
      broker.createTopic(topic.deadLetters(), 1);
    }
    if (Pgvector.isPossible()) {
      table = PgvectorTable.start(directory, broker.bootstrapServers());
    } else {
      System.err.println("WARNING: " + Pgvector.IMPOSSIBLE);
    }
    try (FlinkCluster cluster =
        FlinkCluster.start(
            Files.createDirectories(directory.resolve("flink")),
            /* taskManagers= */ 2,
            SLOTS,
            "execution.checkpointing.interval: 500 ms")) {
      runJobs(cluster, model.path());
    }
  }

  private static void runJobs(FlinkCluster cluster, Path model) throws Exception {
    List<ProducerRecord<byte[], byte[]>> records = new Articles().records();
    int first = Articles.COUNT / 2;
    Topics.send(broker, records.subList(0, first));
    List<String> jobs = new ArrayList<>();
    for (StoreTopic topic : topics) {
      jobs.add(cluster.jobs().run(topic.writePipeline(directory, model), PARALLELISM));
    }
    for (StoreTopic topic : topics) {
      awaitCommitted(topic, first);
    }
    Topics.send(broker, records.subList(first, records.size()));
    for (StoreTopic topic : topics) {
      await("records of %s that are written, and most likely not committed".formatted(topic.name()))
          .atMost(LIMIT)
          .until(() -> Topics.readUncommitted(broker, topic.name()).size() > first);
    }
    cluster.taskManager(1).kill();
    for (String job : jobs) {
      await("restore of job " + job).atMost(LIMIT).until(() -> isRestored(cluster.jobs(), job));
    }
    for (StoreTopic topic : topics) {
      awaitCommitted(topic, records.size());
    }
    for (String job : jobs) {
      cluster.jobs().drain(job);
    }
  }

  private static boolean isRestored(JobClient jobs, String job) throws Exception {
    return jobs.checkpoints(job).restored() > 0;
  }

  private static void awaitCommitted(StoreTopic topic, int records) {
    await("%d committed records of %s".formatted(records, topic.name()))
        .atMost(LIMIT)
        .until(() -> Topics.readAll(broker, topic.name()).size() >= records);
  }

  private static Map<String, float[]> queries(ModelDirectory model) {
    Map<String, float[]> queries = new LinkedHashMap<>();
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (String text : List.of("tea water", "music", "cold", "a law about ships", "fruit")) {
        queries.put(text, embedder.embed(List.of(embedder.tokenise(text, null))).get(0).vector());
      }
    }
    return queries;
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      if (table != null) {
        table.close();
      }
    } finally {
      broker.close();
    }
  }

  @Override
  public StoreTopic topic(String profile) {
    return topics.stream().filter(it -> it.profile().equals(profile)).findFirst().orElseThrow();
  }

  @Override
  public Map<String, float[]> embeddedQueries() {
    return queries;
  }

  @Override
  public @Nullable PgvectorTable table() {
    return table;
  }

  @Override
  public Path directory() {
    return directory;
  }

  @Test
  void eachChangeIsWrittenOnceAndInOrder() throws Exception {
    for (StoreTopic topic : topics) {
      Map<String, List<@Nullable String>> texts = new TreeMap<>();
      for (StoreTopic.Change change : topic.changes()) {
        texts
            .computeIfAbsent(change.id(), unused -> new ArrayList<>())
            .add(change.document() == null ? null : change.document().get("text").asText());
      }

      assertThat(texts).as(topic.name()).isEqualTo(new Articles().texts());
      assertThat(Topics.deadLetters(broker, topic.deadLetters())).isEmpty();
    }
  }
}
