package dev.streambed.e2e.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The connect-json profile: Kafka Connect keeps a table of PostgreSQL as the topic says, and its
 * search by vectors finds what exact search over the topic finds.
 */
interface PgvectorTests {
  StoreTopic topic(String profile);

  /** The vectors of queries, by their text. */
  Map<String, float[]> embeddedQueries();

  /** The table; null on a machine where there can be none. */
  @Nullable PgvectorTable table();

  @Test
  default void pgvectorFilesAreWhatTheGuideShows() throws Exception {
    String guide = Files.readString(Path.of("../docs/output.md"));

    for (String file : PgvectorTable.files()) {
      assertThat(guide).contains(file.indent(4));
    }
  }

  @Test
  default void pgvectorHasTheTopicsVectorsAndFindsWhatExactSearchFinds() throws Exception {
    PgvectorTable table = tableIfPossible();
    Map<String, JsonNode> documents = topic("connect-json").documents();
    Map<String, PgvectorTable.Row> expected = new TreeMap<>();
    documents.forEach((id, document) -> expected.put(id, PgvectorTable.Row.of(document)));

    table.awaitRows(expected);

    assertThat(table.sinkIsHealthy()).as("health check of docker-compose.yml").isTrue();
    for (Map.Entry<String, float[]> query : embeddedQueries().entrySet()) {
      assertThat(table.search(query.getValue()))
          .as(query.getKey())
          .isEqualTo(StoreTopic.nearest(documents, query.getValue()));
    }
  }

  @Test
  default void theTableOfTheComposeFileHasTheFieldsOfItsSink() throws Exception {
    PgvectorTable table = tableIfPossible();
    Path folder = Path.of("../deploy/compose/pgvector");
    Properties sink = KafkaConnect.read(folder.resolve("sink.properties"));

    List<String> columns =
        table.columns(folder.resolve("table.sql"), sink.getProperty("collection.name.format"));

    assertThat(columns).containsExactly(sink.getProperty("field.include.list").split(","));
  }

  private PgvectorTable tableIfPossible() {
    assumeTrue(table() != null, Pgvector.IMPOSSIBLE);
    return Objects.requireNonNull(table());
  }
}
