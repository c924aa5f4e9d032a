package dev.streambed.sql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code VECTOR_SEARCH} over a topic of embeddings in a real broker. */
class VectorSearchIT {
  private static final VectorSpace PLANE = new VectorSpace("plane", "cd".repeat(6), "mean", 2);
  private static final VectorSpace OTHER = new VectorSpace("other", "cd".repeat(6), "mean", 2);

  static final String COLUMNS =
      "key STRING, document_key STRING, `text` STRING, embedding ARRAY<FLOAT>, embedding_1 ARRAY<FLOAT>,"
          + " metadata MAP<STRING, STRING>, chunk_index INT, chunk_count INT, start_char INT,"
          + " end_char INT, tokens INT, truncated BOOLEAN, space STRING, model_digest STRING";

  private static final String NEAREST =
      "SELECT name, key, score FROM questions, LATERAL TABLE(VECTOR_SEARCH(TABLE topic,"
          + " DESCRIPTOR(embedding), questions.asked, %d))";

  private static KafkaBroker broker;
  private static KafkaProducer<byte[], byte[]> producer;

  private final String topic = "embeddings-" + UUID.randomUUID();

  @BeforeAll
  static void start() throws Exception {
    broker = KafkaBroker.start();
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  @AfterAll
  static void stop() {
    producer.close();
    broker.close();
  }

  private static EmbeddingRecord embedding(
      VectorSpace space, String text, @Nullable ChunkOfText chunk, float... vector) {
    return new EmbeddingRecord(
        "document",
        text,
        vector,
        List.of(new OtherVector(space.withDimensions(1).toString(), new float[] {1})),
        new Provenance(
            new ModelReference("plane", "1", "ab".repeat(32), "fp32"),
            space.toString(),
            /* prompt= */ null,
            3,
            /* truncated= */ false,
            0,
            Provenance.contentHash(text),
            new SourcePosition("texts", 0, 7)),
        Map.of("colour", "red", "number", 7L),
        Long.MIN_VALUE,
        chunk);
  }

  private void send(String key, @Nullable EmbeddingRecord embedding) throws Exception {
    byte[] value = embedding == null ? null : EmbeddingRecordCodec.encodeJson(embedding);
    producer.send(new ProducerRecord<>(topic, key.getBytes(UTF_8), value)).get();
  }

  private SqlSession table(SqlSession session, String columns, String... options) {
    StringBuilder with =
        new StringBuilder(
            "'connector' = 'streambed-index', 'topic' = '%s', 'properties.bootstrap.servers' = '%s'"
                .formatted(topic, broker.bootstrapServers()));
    for (int i = 0; i < options.length; i += 2) {
      with.append(", '%s' = '%s'".formatted(options[i], options[i + 1]));
    }
    return session
        .run("CREATE TEMPORARY TABLE topic (%s) WITH (%s)".formatted(columns, with))
        .run(
            "CREATE TEMPORARY VIEW questions (name, asked) AS VALUES ('right', ARRAY[CAST(2 AS FLOAT), CAST(0.1 AS FLOAT)]),"
                + " ('up', ARRAY[CAST(0 AS FLOAT), CAST(1 AS FLOAT)]), ('none', CAST(NULL AS ARRAY<FLOAT>))");
  }

  private void fourRecords() throws Exception {
    broker.createTopic(topic, 2);
    send("a", embedding(PLANE, "old", null, 0, 1));
    send("a", embedding(PLANE, "east", null, 1, 0));
    send("b#1", embedding(PLANE, "north", new ChunkOfText(1, 2, 10, 15), 0, 1));
    send("gone", embedding(PLANE, "gone", null, 1, 0));
    send("gone", null);
    send("c", embedding(PLANE, "north-east", null, 0.6f, 0.8f));
  }

  @Test
  void findsTheNearestOfEachRowInStreamAndBatch() throws Exception {
    fourRecords();
    for (SqlSession session : List.of(SqlSession.streaming(), SqlSession.batch())) {
      List<Row> rows = table(session, COLUMNS).query(NEAREST.formatted(2));

      assertThat(rows)
          .extracting(row -> row.getField("name") + " " + row.getField("key"))
          .containsExactlyInAnyOrder("right a", "right c", "up b#1", "up c");
      Row best =
          rows.stream().filter(row -> "a".equals(row.getField("key"))).findFirst().orElseThrow();
      assertThat((Double) best.getField("score")).isCloseTo(2 / Math.sqrt(4 + 0.01), within(1e-6));
    }
  }

  @Test
  void givesAllColumns() throws Exception {
    fourRecords();

    List<Row> rows =
        table(SqlSession.streaming(), COLUMNS)
            .query(
                "SELECT * FROM questions, LATERAL TABLE(VECTOR_SEARCH(TABLE topic, DESCRIPTOR(embedding), questions.asked, 1))");

    assertThat(rows).hasSize(2);
    Row row = rows.get("a".equals(rows.get(0).getField("key")) ? 1 : 0);
    assertThat(row.getField("key")).isEqualTo("b#1");
    assertThat(row.getField("document_key")).isEqualTo("document");
    assertThat(row.getField("text")).isEqualTo("north");
    assertThat((Float[]) row.getField("embedding")).containsExactly(0f, 1f);
    assertThat((Float[]) row.getField("embedding_1")).containsExactly(1f);
    assertThat(row.getField("metadata")).isEqualTo(Map.of("colour", "red", "number", "7"));
    assertThat(row.getField("chunk_index")).isEqualTo(1);
    assertThat(row.getField("chunk_count")).isEqualTo(2);
    assertThat(row.getField("start_char")).isEqualTo(10);
    assertThat(row.getField("end_char")).isEqualTo(15);
    assertThat(row.getField("tokens")).isEqualTo(3);
    assertThat(row.getField("truncated")).isEqualTo(false);
    assertThat(row.getField("space")).isEqualTo(PLANE.toString());
    assertThat(row.getField("model_digest")).isEqualTo("ab".repeat(32));
  }

  @Test
  void keepsRowsWithoutAVectorOnTheLeftAndTakesConstants() throws Exception {
    fourRecords();
    SqlSession session = table(SqlSession.streaming(), COLUMNS);

    List<Row> left =
        session.query(
            NEAREST.formatted(1).replace("questions, LATERAL", "questions LEFT JOIN LATERAL")
                + " ON TRUE");
    List<Row> constant =
        session.query(
            "SELECT key, score FROM TABLE(VECTOR_SEARCH(TABLE topic, DESCRIPTOR(embedding), ARRAY[CAST(0 AS FLOAT), CAST(1 AS FLOAT)], 1))");

    assertThat(left)
        .extracting(row -> row.getField("name") + " " + row.getField("key"))
        .containsExactlyInAnyOrder("right a", "up b#1", "none null");
    assertThat(constant).extracting(row -> row.getField("key")).containsExactly("b#1");
  }

  @Test
  @SuppressWarnings("try") // close() may be interrupted, as a test may
  void followsTheTopicWhileTheQueryRuns() throws Exception {
    fourRecords();
    SqlSession session = table(SqlSession.streaming(), COLUMNS, "refresh-interval", "100 ms");
    StreamTableEnvironment tables = session.tables();
    session.run(
        "CREATE TEMPORARY TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20')");
    session.run(
        "CREATE TEMPORARY VIEW asked AS SELECT n, ARRAY[CAST(0 AS FLOAT), CAST(1 AS FLOAT)] AS asked FROM ticks");

    try (CloseableIterator<Row> rows =
        tables
            .executeSql(
                "SELECT key, `text` FROM asked, LATERAL TABLE(VECTOR_SEARCH(TABLE topic, DESCRIPTOR(embedding), asked.asked, 1))")
            .collect()) {
      assertThat(rows.next().getField("key")).isEqualTo("b#1");
      send("b#1", null);
      awaitText(rows, "north-east");
      send("new", embedding(PLANE, "straight up", null, 0, 1));
      awaitText(rows, "straight up");
    }
  }

  @Test
  void runsTheExampleOfTheGuide() throws Exception {
    broker.createTopic("embeddings", 1);
    byte[] value =
        EmbeddingRecordCodec.encodeJson(
            embedding(PLANE.withDimensions(8), "peace", null, 1, 0, 0, 0, 0, 0, 0, 0));
    producer.send(new ProducerRecord<>("embeddings", "article".getBytes(UTF_8), value)).get();

    List<Row> rows =
        ExamplesIT.run(SqlSession.batch(), "search-topic.sql", broker.bootstrapServers());

    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).getField("key")).isEqualTo("article");
    assertThat((Double) rows.get(0).getField("score")).isBetween(-1.0, 1.0);
  }

  /** Reads on until a row has this text. */
  static void awaitText(CloseableIterator<Row> rows, String text) {
    for (int i = 0; i < 2_000; i++) { // 100 seconds
      if (text.equals(rows.next().getField("text"))) {
        return;
      }
    }
    throw new AssertionError("The query does not see " + text);
  }

  @Test
  void comparesOneSpaceOnly() throws Exception {
    fourRecords();
    send("far", embedding(OTHER, "up", null, 0, 1));
    producer
        .send(new ProducerRecord<>(topic, "bad".getBytes(UTF_8), new byte[] {(byte) 0xff}))
        .get();
    String query = NEAREST.formatted(9);

    List<Row> told = table(SqlSession.streaming(), COLUMNS, "space", OTHER.toString()).query(query);
    Throwable untold = catchThrowable(() -> table(SqlSession.streaming(), COLUMNS).query(query));

    assertThat(told).extracting(row -> row.getField("key")).containsOnly("far");
    assertThat(RefusalsIT.messages(untold))
        .contains("vectors of several spaces", PLANE.toString(), OTHER.toString(), "'space'");
  }

  @Test
  void leavesOutAVectorWithoutADirectionAndGivesAllIfAskedForMore() throws Exception {
    fourRecords();
    send("c", embedding(PLANE, "nowhere", null, 0, 0));

    assertThat(
            table(SqlSession.streaming(), COLUMNS, "exact-below", "0")
                .query(NEAREST.formatted(2_000_000_000)))
        .extracting(row -> row.getField("name") + " " + row.getField("key"))
        .containsExactlyInAnyOrder("right a", "right b#1", "up a", "up b#1");
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    fourRecords();
    String query = NEAREST.formatted(1);

    assertThat(refusal("key STRING, embedding ARRAY<FLOAT>, vector BYTES", query))
        .contains("A topic of embeddings has no column vector BYTES. It has", "embedding_<n>");
    assertThat(refusal("key STRING NOT NULL, embedding ARRAY<FLOAT>", query))
        .contains("no column key STRING NOT NULL");
    assertThat(refusal(COLUMNS, query, "candidates", "0"))
        .contains("Invalid value '0' for option 'candidates': must be at least 1.");
    assertThat(refusal(COLUMNS, query, "candidates", "many"))
        .contains("Could not parse value 'many' for key 'candidates'.")
        .doesNotContain("For input string");
    assertThat(refusal(COLUMNS, query, "buffer-size", "1 mb"))
        .contains("Invalid value '1 mb' for option 'buffer-size': must be between 16 mb and 1 gb.");
    assertThat(refusal(COLUMNS, query.replace("asked, 1)", "asked, 1, MAP['candidates', '5'])")))
        .contains("takes no options in its MAP: it has [candidates].");
    assertThat(refusal(COLUMNS, query, "hnsw.max-connections", "513"))
        .contains("must be between 2 and 512");
    assertThat(refusal(COLUMNS, query, "refresh-interval", "1 ms"))
        .contains("must be at least 100 ms");
    assertThat(refusal(COLUMNS, query, "space", "here"))
        .contains("Invalid value 'here' for option 'space'");
    assertThat(refusal(COLUMNS, query, "properties.group.id", "g"))
        .contains("properties.group.id has no effect");
    assertThat(refusal(COLUMNS, query, "exactbelow", "1")).contains("Unsupported options:");
    assertThat(refusal(COLUMNS, "SELECT * FROM topic")).contains("topic");
    assertThat(
            RefusalsIT.messages(
                catchThrowable(
                    () ->
                        table(SqlSession.streaming(), COLUMNS)
                            .query(query.replace("(embedding)", "(embedding_1)")))))
        .contains("The vector of the query has 2 dimensions, those of the topic have 1.");
  }

  private String refusal(String columns, String query, String... options) {
    return RefusalsIT.messages(
        catchThrowable(
            () -> table(SqlSession.streaming(), columns, options).tables().explainSql(query)));
  }
}
