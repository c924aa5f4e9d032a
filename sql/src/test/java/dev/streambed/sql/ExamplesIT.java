package dev.streambed.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.model.TinyModelDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;

/** The statements of docs/sql.md, with the tiny model in the place of theirs. */
class ExamplesIT {
  private static final Path FOLDER = Path.of("../docs/examples/sql");

  private static List<Row> run(SqlSession session, String file) throws Exception {
    return run(session, file, "localhost:9092");
  }

  /** Runs the statements of an example, with another broker in the place of its own. */
  static List<Row> run(SqlSession session, String file, String bootstrapServers) throws Exception {
    String script =
        Files.readString(FOLDER.resolve(file))
            .replace("localhost:9092", bootstrapServers)
            .replace("/models/minilm", TinyModelDirectory.path().toString());
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
  void runsEveryExample() throws Exception {
    try (var files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "embed.sql",
              "search.sql",
              "chunks.sql",
              "prompts.sql",
              "search-topic.sql"); // in VectorSearchIT
    }
  }
}
