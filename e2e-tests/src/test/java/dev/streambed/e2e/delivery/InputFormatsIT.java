package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.GuideProgram;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example pipeline files of docs/input.md, each run through the loss of a TaskManager. */
class InputFormatsIT {
  private static final Path EXAMPLES = Path.of("../docs/examples");

  /** Rows of an example; some have several records. */
  private static final int ROWS = 400;

  private static ModelDirectory model;
  private static KafkaBroker broker;

  @TempDir private Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    model = DefaultModel.open();
    broker = KafkaBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void jsonOfAnyShape() throws Exception {
    var example = new ExamplePipeline("json.yaml", broker, model, directory);
    for (int id = 0; id < ROWS; id++) {
      example.send(
          "%d".formatted(id),
          """
          {"id":%d,"title":"Kettle %d","body":{"en":"Boils water."},"price":%d.50,
           "tags":["kitchen",%d],"brand":{"name":"Acme"},"updated":"2026-11-29T01:02:03Z"}"""
              .formatted(id, id, id, id));
      example.expect("%d".formatted(id), "Kettle %d: Boils water.".formatted(id));
    }

    EmbeddingRecord seventh = only("product-7", example.run());

    assertThat(seventh.metadata())
        .isEqualTo(Map.of("price", 7.5, "tags", List.of("kitchen", 7L), "maker", "Acme"));
    assertThat(seventh.eventTimeMillis()).isEqualTo(1_795_914_123_000L);
  }

  @Test
  void debeziumsChangeEvents() throws Exception {
    var example = new ExamplePipeline("debezium.yaml", broker, model, directory);
    for (int id = 0; id < ROWS; id++) {
      String key = "{\"schema\":{\"type\":\"struct\"},\"payload\":{\"id\":%d}}".formatted(id);
      example.send(key, change("c", "{\"title\":\"Row %d\",\"body\":\"as new\"}".formatted(id)));
      example.expect(key, "Row %d\n\nas new".formatted(id));
      if (id % 3 == 0) {
        example.send(key, change("u", "{\"title\":\"Row %d\",\"body\":\"changed\"}".formatted(id)));
        example.expect(key, "Row %d\n\nchanged".formatted(id));
      }
      if (id % 5 == 0) {
        example.send(key, change("d", "null"));
        example.expect(key, null);
        example.send(key, (String) null); // Debezium's tombstone
        example.expect(key, null);
      }
      if (id % 7 == 0) {
        example.send(null, "{\"op\":\"t\",\"source\":{\"table\":\"articles\"},\"ts_ms\":1}");
      }
    }

    assertThat(only("{\"id\":1}", example.run()).text()).isEqualTo("Row 1\n\nas new");
  }

  @Test
  void protobufsMessages() throws Exception {
    var example = new ExamplePipeline("protobuf.yaml", broker, model, directory);
    byte[] frame = {0, 0, 0, 0, 7, 0}; // of a registry, around the first message of a file
    for (int id = 0; id < ROWS; id++) {
      var value = new ByteArrayOutputStream();
      value.writeBytes(id % 2 == 0 ? frame : new byte[0]);
      CodedOutputStream message = CodedOutputStream.newInstance(value);
      message.writeInt64(1, id);
      message.writeString(2, "Kettle %d".formatted(id));
      message.writeString(3, "Boils water.");
      message.writeString(4, "kitchen");
      message.writeDouble(5, id + 0.5);
      message.writeByteArray(6, new byte[] {8, 7}); // a Timestamp of 7 seconds
      message.flush();
      example.send("%d".formatted(id), value.toByteArray());
      example.expect("%d".formatted(id), "Kettle %d\n\nBoils water.".formatted(id));
    }

    EmbeddingRecord seventh = only("7", example.run());

    assertThat(seventh.metadata()).isEqualTo(Map.of("price", 7.5, "tags", List.of("kitchen")));
    assertThat(seventh.eventTimeMillis()).isEqualTo(7_000);
  }

  /** The program of docs/library.md, which adds a step of its own to those of the job. */
  @Test
  void aProgramOfAUsersOwn() throws Exception {
    for (String topic : List.of("own-articles", "own-embeddings", "own-dead-letters")) {
      broker.createTopic(topic, 2);
    }
    List<ProducerRecord<byte[], byte[]>> articles = new ArrayList<>();
    for (int id = 0; id < 20; id++) {
      var article =
          new ProducerRecord<>("own-articles", bytes("%d".formatted(id)), bytes("A dog."));
      if (id % 5 == 0) {
        article.headers().add("draft", new byte[0]);
      }
      articles.add(article);
    }
    articles.add(new ProducerRecord<>("own-articles", bytes("blank"), bytes(" ")));
    Topics.send(broker, articles);
    Path pipeline =
        Files.writeString(
            directory.resolve("pipeline.yaml"),
            """
            streambed:
              source: {bootstrap-servers: "%s", topic: own-articles, format: plain-text, bounded: true}
              sink: {topic: own-embeddings, dead-letter-topic: own-dead-letters}
              model: {directory: "%s"}
            """
                .formatted(broker.bootstrapServers(), model.path()));

    GuideProgram.run(
        directory,
        EXAMPLES.resolve("own-kafka-job/OwnKafkaJob.java"),
        "com.example.OwnKafkaJob",
        pipeline.toString());

    assertThat(Topics.keys(broker, "own-embeddings")).hasSize(16).doesNotContain("0", "blank");
    assertThat(Topics.deadLetters(broker, "own-dead-letters"))
        .extracting(DeadLetter::reason)
        .containsExactlyInAnyOrder("DRAFT", "DRAFT", "DRAFT", "DRAFT", "BLANK");
  }

  private static EmbeddingRecord only(String key, List<EmbeddingRecord> embeddings) {
    List<EmbeddingRecord> found =
        embeddings.stream().filter(embedding -> key.equals(embedding.key())).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static String change(String operation, String after) {
    return "{\"schema\":{\"type\":\"struct\"},\"payload\":{\"before\":null,\"after\":%s,\"source\":{\"table\":\"articles\"},\"op\":\"%s\",\"ts_ms\":1}}"
        .formatted(after, operation);
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
