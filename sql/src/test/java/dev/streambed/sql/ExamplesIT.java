package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.model.TinyModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The statements of docs/sql.md, with the tiny model in the place of theirs. */
class ExamplesIT {
  private static final Path FOLDER = Path.of("../docs/examples/sql");
  private static final int ARCHIVED = 200;

  @TempDir private Path folder;

  private static List<Row> run(SqlSession session, String file) throws Exception {
    return run(session, file, UnaryOperator.identity());
  }

  /** Runs the statements of an example, with another broker in the place of its own. */
  static List<Row> run(SqlSession session, String file, String bootstrapServers) throws Exception {
    return run(session, file, script -> script.replace("localhost:9092", bootstrapServers));
  }

  /** Runs the statements of an example, with other things in the place of its own. */
  static List<Row> run(SqlSession session, String file, UnaryOperator<String> changes)
      throws Exception {
    String script =
        changes
            .apply(Files.readString(FOLDER.resolve(file)))
            .replaceAll("/models/(minilm|e5)", TinyModelDirectory.path().toString());
    List<Row> rows = new ArrayList<>();
    for (String statement : script.split(";\\s*(\\n|$)", -1)) {
      if (statement.startsWith("SELECT")) {
        rows.addAll(session.query(statement));
      } else if (!statement.isBlank()) {
        session.run(statement);
      }
    }
    return rows;
  }

  @Test
  void embedsArticles() throws Exception {
    List<Row> rows = run(SqlSession.streaming(), "embed.sql");

    assertThat(rows).hasSize(3);
    assertThat(rows).filteredOn(row -> row.getField("embedding") != null).hasSize(2);
    assertThat(rows).allMatch(row -> row.getField("error") == null);
  }

  @Test
  void comparesArticlesWithAQuestion() throws Exception {
    List<Row> rows = run(SqlSession.batch(), "search.sql");

    assertThat(rows).hasSize(2);
    assertThat(rows).allMatch(row -> Math.abs((Double) row.getField("similarity")) <= 1 + 1e-6);
  }

  @Test
  void embedsChunks() throws Exception {
    List<Row> rows = run(SqlSession.streaming(), "chunks.sql");

    assertThat(rows).hasSizeGreaterThan(1);
    assertThat(rows).allMatch(row -> row.getField("embedding") != null);
  }

  @Test
  void takesPromptsAndGivesAllColumns() throws Exception {
    List<Row> rows = run(SqlSession.streaming(), "prompts.sql");

    assertThat(rows).hasSize(3);
    assertThat((byte[]) rows.get(0).getField("embedding")).hasSize(8);
    assertThat((Float[]) rows.get(1).getField("embedding_4")).hasSize(4);
    assertThat((String) rows.get(2).getField("error")).startsWith("BLANK: ");
  }

  @Test
  void embedsByTwoModels() throws Exception {
    List<Row> rows = run(SqlSession.streaming(), "two-models.sql");

    assertThat(rows).hasSize(2);
    assertThat(rows)
        .allMatch(
            row ->
                !Arrays.equals(
                    (Float[]) row.getField("minilm_vector"), (Float[]) row.getField("e5_vector")));
  }

  @Test
  void takesTheMeanOfEachWindow() throws Exception {
    List<Row> rows = run(SqlSession.streaming(), "window.sql");

    assertThat(rows).extracting(row -> row.getField("searches")).containsExactly(10L, 10L);
    // The first window has another text among nine that are those of the second.
    assertThat((Float[]) rows.get(0).getField("mean_vector"))
        .isNotEqualTo(rows.get(1).getField("mean_vector"));
  }

  @Test
  void embedsFilesInBatchBitForBitAsAStreamDoes() throws Exception {
    SqlSession batch = SqlSession.batch();
    run(batch, "backfill.sql", archive());

    SqlSession stream = SqlSession.streaming();
    stream.model("m", "embedding ARRAY<FLOAT>");
    stream.run(
        "CREATE TEMPORARY TABLE archive (id INT, body STRING) WITH ('connector' = 'filesystem',"
            + " 'path' = '%s/archive', 'format' = 'json')".formatted(folder));
    assertThat(batch.query("SELECT id, embedding FROM archive_embeddings"))
        .hasSize(ARCHIVED)
        .containsExactlyInAnyOrderElementsOf(
            stream.query(
                "SELECT id, embedding FROM ML_PREDICT(TABLE archive, MODEL m, DESCRIPTOR(body))"));
  }

  @Test
  void runsACompiledPlan() throws Exception {
    SqlSession session = SqlSession.streaming();
    run(session, "plan.sql", archive());

    assertThat(folder.resolve("embed-archive.json"))
        .content()
        .contains("stream-exec-ml-predict-table-function");
    assertThat(session.query("SELECT id FROM archive_embeddings WHERE CARDINALITY(embedding) = 8"))
        .hasSize(ARCHIVED);
  }

  /** Writes texts where an example looks for them, and makes it look in the folder of the test. */
  private UnaryOperator<String> archive() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int id = 0; id < ARCHIVED; id++) {
      lines.append(
          "{\"id\":%d,\"body\":\"%s of the world\"}\n".formatted(id, "peace ".repeat(id % 9)));
    }
    Files.createDirectories(folder.resolve("archive"));
    Files.writeString(folder.resolve("archive/texts.json"), lines);
    return script -> script.replace("/data/", folder + "/");
  }

  @Test
  void runsEveryExample() throws Exception {
    try (var files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "ask.sql", // in SqlCommandIT of e2e-tests
              "avro.sql", // in SqlCommandIT of e2e-tests
              "backfill.sql",
              "changes.sql", // in KafkaTablesIT
              "debezium.sql", // in KafkaTablesIT
              "embed.sql",
              "kafka.sql", // in KafkaTablesIT
              "plan.sql",
              "two-models.sql",
              "window.sql",
              "search.sql",
              "chunks.sql",
              "prompts.sql",
              "search-topic.sql"); // in VectorSearchIT
    }
  }
}
