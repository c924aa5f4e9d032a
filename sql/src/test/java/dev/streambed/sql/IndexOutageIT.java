package dev.streambed.sql;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.embedder.LogCapture;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.util.List;
import java.util.Map;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code VECTOR_SEARCH} over a topic whose broker goes away, and whose records are bad. */
class IndexOutageIT {
  private static final String TOPIC = "embeddings";
  private static final String CANARY = "canary-2b9e";
  private static final VectorSpace PLANE = new VectorSpace("plane", "cd".repeat(6), "mean", 2);
  private static final String NEAREST =
      "SELECT `text` FROM asked, LATERAL TABLE(VECTOR_SEARCH(TABLE topic, DESCRIPTOR(embedding), asked.asked, 1))";

  /** What is asked of Kafka fails within the outage. */
  private static final String IMPATIENT =
      ", 'properties.default.api.timeout.ms' = '5000', 'properties.request.timeout.ms' = '2000'";

  private KafkaBroker broker;

  @BeforeEach
  void start() throws Exception {
    broker = KafkaBroker.start();
    broker.createTopic(TOPIC, 1);
  }

  @AfterEach
  void stop() {
    broker.close();
  }

  private void send(String key, byte[] value) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(TOPIC, key.getBytes(UTF_8), value)).get();
    }
  }

  private static byte[] embedding(String text, float... vector) {
    return EmbeddingRecordCodec.encodeJson(
        new EmbeddingRecord(
            "document",
            text,
            vector,
            List.of(),
            new Provenance(
                new ModelReference("plane", "1", "ab".repeat(32), "fp32"),
                PLANE.toString(),
                /* prompt= */ null,
                3,
                /* truncated= */ false,
                0,
                Provenance.contentHash(text),
                new SourcePosition("texts", 0, 7)),
            Map.of(),
            Long.MIN_VALUE,
            /* chunk= */ null));
  }

  private SqlSession session(String topic, String options) {
    return SqlSession.streaming()
        .run(
            "CREATE TEMPORARY TABLE topic (key STRING, `text` STRING, embedding ARRAY<FLOAT>) WITH ("
                + "'connector' = 'streambed-index', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', 'refresh-interval' = '100 ms'%s)"
                    .formatted(topic, broker.bootstrapServers(), options))
        .run(
            "CREATE TEMPORARY TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20')")
        .run(
            "CREATE TEMPORARY VIEW asked AS SELECT n, ARRAY[CAST(0 AS FLOAT), CAST(1 AS FLOAT)] AS asked FROM ticks");
  }

  @Test
  @SuppressWarnings("try") // close() may be interrupted, as a test may
  void answersWhileTheBrokerIsAwayAndGoesOnWhenItIsBack() throws Exception {
    send("a", embedding("first", 0.6f, 0.8f));

    try (CloseableIterator<Row> rows =
        session(TOPIC, IMPATIENT).tables().executeSql(NEAREST).collect()) {
      assertThat(rows.next().getField("text")).isEqualTo("first");
      broker.stop();
      for (int i = 0; i < 400; i++) { // twenty seconds of rows
        assertThat(rows.next().getField("text")).isEqualTo("first");
      }
      broker.restart();
      send("b", embedding("second", 0, 1));
      VectorSearchIT.awaitText(rows, "second");
    }
  }

  @Test
  void failsIfTheBrokerIsAwayAtTheStart() throws Exception {
    SqlSession session = session(TOPIC, IMPATIENT);
    broker.stop();

    assertThat(catchThrowable(() -> session.query(NEAREST)))
        .hasRootCauseInstanceOf(org.apache.kafka.common.errors.TimeoutException.class);
  }

  @Test
  void saysWhichTopicIsNotThere() {
    SqlSession session = session("no-such", "");

    assertThat(RefusalsIT.shown(catchThrowable(() -> session.query(NEAREST))))
        .endsWith("There is no topic no-such.");
  }

  @Test
  @SuppressWarnings("try") // close() may be interrupted, as a test may
  void leavesOutWhatIsNoEmbeddingWithoutShowingIt() throws Exception {
    byte[] good = embedding(CANARY, 0, 1);
    send("a", good);
    send("b", (CANARY + " is no JSON").getBytes(UTF_8));
    send("c", ("{\"" + CANARY + "\": \"" + CANARY + "\"}").getBytes(UTF_8));
    send("d", ("\"" + CANARY + "\"").getBytes(UTF_8));
    send("e", new String(good, UTF_8).replaceFirst("0\\.0", "\"" + CANARY + "\"").getBytes(UTF_8));
    send("f", new String(good, UTF_8).substring(0, good.length - 9).getBytes(UTF_8));
    send("g", new byte[0]);

    try (LogCapture log = LogCapture.begin();
        CloseableIterator<Row> rows = session(TOPIC, "").tables().executeSql(NEAREST).collect()) {
      assertThat(rows.next().getField("text")).isEqualTo(CANARY);
      assertThat(log.events())
          .anyMatch(event -> event.startsWith("Left out " + TOPIC + "-0@1"))
          .noneMatch(event -> event.contains(CANARY));
    }
  }
}
