package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.schemas.EmbeddingRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/examples/nightly-load.yaml: Debezium sends all rows of a table again each night, and between
 * two nights what changed of it.
 */
class NightlyLoadIT {
  private static final int ROWS = 200;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Rows are edited, become cheaper, are deleted, or are deleted and made anew: 50 of each. */
  private static final int KINDS = 4;

  private static ModelDirectory model;

  @TempDir private Path directory;

  @BeforeAll
  static void openModel() {
    model = DefaultModel.open();
  }

  @Test
  void costsNothingForRowsThatDidNotChange() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start();
        FaultyCluster cluster = FaultyCluster.start(directory)) {
      var example = new ExamplePipeline("nightly-load.yaml", broker, model, directory);
      example.createTopics();
      JobID job = cluster.submit(example.options(), EmbedTopicJob::build);
      load(example, 0, ROWS);
      expectAll(example);
      example.sendAll();
      example.awaitOutput(cluster, job);
      assertThat(cluster.textsEmbedded()).isEqualTo(ROWS);

      load(example, 0, ROWS / 2);
      example.sendAll();
      ExamplePipeline.loseATaskManager(cluster, job);
      load(example, ROWS / 2, ROWS);
      example.sendAll();
      await("a night without changes").atMost(LIMIT).until(() -> cluster.recordsSkipped() >= ROWS);
      assertThat(cluster.textsEmbedded()).as("texts after the night").isEqualTo(ROWS);

      changeAll(example);
      example.sendAll();
      example.awaitOutput(cluster, job);
      assertThat(cluster.textsEmbedded())
          .as("texts after the edits, and after the rows that were made anew")
          .isEqualTo(ROWS + 2 * ROWS / KINDS);
      cluster.drain(job);

      List<EmbeddingRecord> embeddings = example.check();
      assertThat(of(key(1), embeddings))
          .extracting(embedding -> embedding.metadata().get("price"))
          .containsExactly(1.5, 0.5);
      assertThat(of(key(1), embeddings))
          .extracting(EmbeddingRecord::embedding)
          .satisfies(vectors -> assertThat(vectors.get(1)).isEqualTo(vectors.get(0)));
    }
  }

  /** docs/documents.md, "Switching it on and off". */
  @Test
  void isSwitchedOffOnlyWhereStateMayBeLeftBehind() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start();
        FaultyCluster cluster = FaultyCluster.start(directory)) {
      var example = new ExamplePipeline("nightly-load.yaml", broker, model, directory);
      example.createTopics();
      JobID job = cluster.submit(example.options(), EmbedTopicJob::build);
      load(example, 0, ROWS);
      expectAll(example);
      example.sendAll();
      example.awaitOutput(cluster, job);
      Configuration off = new Configuration(example.options());
      off.setString("streambed.changes.mode", "off");
      off.removeKey("streambed.changes.ttl");
      off.set(StateRecoveryOptions.SAVEPOINT_PATH, cluster.savepoint(job));
      cluster.cancel(job);

      JobID refused = cluster.submit(off, EmbedTopicJob::build);
      assertThat(cluster.failure(refused))
          .hasStackTraceContaining("Cannot map checkpoint/savepoint state for operator ")
          .hasStackTraceContaining(
              " to the new program, because the operator is not available in the new program."
                  + " If you want to allow to skip this, you can set the --allowNonRestoredState option on the CLI.");

      JobID allowed =
          cluster.submit(
              off,
              (environment, file) -> {
                EmbedTopicJob.build(environment, file);
                Configuration flag = new Configuration(); // --allowNonRestoredState
                flag.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);
                environment.configure(flag);
              });
      load(example, 0, ROWS);
      expectAll(example);
      example.sendAll();
      example.awaitOutput(cluster, allowed);
      cluster.drain(allowed);

      assertThat(example.check()).hasSize(2 * ROWS);
    }
  }

  /** As Debezium reads a whole table. */
  private static void load(ExamplePipeline example, int from, int to) {
    for (int id = from; id < to; id++) {
      example.send(key(id), event("r", row(id, "as new", id + 0.5)));
    }
  }

  private static void expectAll(ExamplePipeline example) {
    for (int id = 0; id < ROWS; id++) {
      example.expect(key(id), text(id, "as new"));
    }
  }

  private static void changeAll(ExamplePipeline example) {
    for (int id = 0; id < ROWS; id++) {
      switch (id % KINDS) {
        case 0 -> {
          example.send(key(id), event("u", row(id, "edited", id + 0.5)));
          example.expect(key(id), text(id, "edited"));
        }
        case 1 -> {
          example.send(key(id), event("u", row(id, "as new", 0.5)));
          example.expect(key(id), text(id, "as new"));
        }
        case 2 -> delete(example, id);
        default -> {
          delete(example, id);
          example.send(key(id), event("c", row(id, "as new", id + 0.5)));
          example.expect(key(id), text(id, "as new"));
        }
      }
    }
  }

  private static void delete(ExamplePipeline example, int id) {
    example.send(key(id), event("d", "null"));
    example.expect(key(id), null);
    example.send(key(id), (String) null); // Debezium's tombstone
    example.expect(key(id), null);
  }

  private static String key(int id) {
    return "{\"id\":%d}".formatted(id);
  }

  private static String text(int id, String body) {
    return "Article %d\n\nThe table is %s.".formatted(id, body);
  }

  private static String row(int id, String body, double price) {
    return "{\"title\":\"Article %d\",\"body\":\"The table is %s.\",\"price\":%s,\"tags\":[\"oak\"]}"
        .formatted(id, body, price);
  }

  /** The time differs from load to load. */
  private static String event(String operation, String after) {
    return "{\"before\":null,\"after\":%s,\"source\":{\"table\":\"articles\"},\"op\":\"%s\",\"ts_ms\":%d}"
        .formatted(after, operation, System.nanoTime());
  }

  private static List<EmbeddingRecord> of(String key, List<EmbeddingRecord> embeddings) {
    return embeddings.stream().filter(embedding -> key.equals(embedding.key())).toList();
  }
}
