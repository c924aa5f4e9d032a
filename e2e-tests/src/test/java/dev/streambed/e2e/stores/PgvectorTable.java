package dev.streambed.e2e.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** The table of docs/output.md in PostgreSQL, which Kafka Connect fills with the guide's sink. */
final class PgvectorTable implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final String TABLE = "connect-json-table.sql";
  private static final String QUERY = "connect-json-query.sql";
  private static final String SINK = "connect-json-sink.properties";

  private final Pgvector server;
  private final KafkaConnect connect;
  private final Connection connection;

  /** A row; its vector has components as they are in the table, bit for bit. */
  record Row(String text, double price, List<String> tags, String space, List<Float> vector) {

    /** The row that a record of the topic describes. */
    static Row of(JsonNode document) {
      List<String> tags = new ArrayList<>();
      document.get("tags").forEach(tag -> tags.add(tag.asText()));
      List<Float> vector = new ArrayList<>();
      document.get("embedding").forEach(component -> vector.add(component.floatValue()));
      return new Row(
          document.get("text").asText(),
          document.get("price").asDouble(),
          tags,
          document.get("streambed_space").asText(),
          vector);
    }
  }

  private PgvectorTable(Pgvector server, KafkaConnect connect, Connection connection) {
    this.server = server;
    this.connect = connect;
    this.connection = connection;
  }

  /** The files of the guide: sink, table and query. */
  static List<String> files() throws IOException {
    List<String> files = new ArrayList<>();
    for (String name : List.of(SINK, TABLE, QUERY)) {
      files.add(file(name));
    }
    return files;
  }

  private static String file(String name) throws IOException {
    return Files.readString(StoreTopic.EXAMPLES.resolve(name));
  }

  /** Makes the table, and returns before the sink is ready. */
  static PgvectorTable start(Path directory, String bootstrapServers) throws Exception {
    Pgvector server = Pgvector.start(directory);
    try {
      Connection connection = server.connect();
      try (Statement statement = connection.createStatement()) {
        statement.execute(file(TABLE));
      }
      Properties sink = KafkaConnect.read(StoreTopic.EXAMPLES.resolve(SINK));
      KafkaConnect.replace(sink, "connection.url", server.url());
      KafkaConnect.replace(sink, "connection.username", Pgvector.USER);
      KafkaConnect.replace(sink, "connection.password", "${env:POSTGRES_PASSWORD}");
      return new PgvectorTable(
          server, KafkaConnect.start(directory, bootstrapServers, sink), connection);
    } catch (Exception e) {
      server.close();
      throw e;
    }
  }

  /** Waits until the rows are those of the topic, by id. */
  void awaitRows(Map<String, Row> expected) {
    await("rows of the topic")
        .atMost(LIMIT)
        .pollInterval(POLL)
        .failFast(connect::assertRuns)
        .untilAsserted(() -> assertThat(rows()).isEqualTo(expected));
  }

  private Map<String, Row> rows() throws SQLException, IOException {
    Map<String, Row> rows = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT id, text, price, tags, streambed_space, embedding FROM articles")) {
      while (found.next()) {
        rows.put(
            found.getString(1),
            new Row(
                found.getString(2),
                found.getDouble(3),
                List.of((String[]) found.getArray(4).getArray()),
                found.getString(5),
                vector(found.getString(6))));
      }
    }
    return rows;
  }

  /** PostgreSQL shows the shortest decimals that read back as the same 32 bits. */
  private static List<Float> vector(String shown) throws IOException {
    return Arrays.asList(new ObjectMapper().readValue(shown, Float[].class));
  }

  /** The ids that the query of the guide finds, by its index. */
  List<String> search(float[] query) throws SQLException, IOException {
    List<String> ids = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      // A table so small is searched without the index; and the index must leave out nothing here.
      statement.execute("SET enable_seqscan = off");
      statement.execute("SET hnsw.ef_search = 1000");
      try (ResultSet found =
          statement.executeQuery(file(QUERY).replace("[0.1, …]", Arrays.toString(query)))) {
        while (found.next()) {
          ids.add(found.getString("id"));
        }
      }
    }
    return ids;
  }

  /** Whether the health check of the sink in docker-compose.yml says so. */
  boolean sinkIsHealthy() throws IOException, InterruptedException {
    return connect.isHealthy();
  }

  /** Makes another table, and tells its columns. */
  List<String> columns(Path definition, String name) throws SQLException, IOException {
    List<String> columns = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      statement.execute(Files.readString(definition));
      try (ResultSet found = connection.getMetaData().getColumns(null, null, name, null)) {
        while (found.next()) {
          columns.add(found.getString("COLUMN_NAME"));
        }
      }
    }
    return columns;
  }

  @Override
  public void close() throws SQLException {
    try (server;
        connect;
        connection) {
      // the connection first
    }
  }
}
