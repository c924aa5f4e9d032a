package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.CodedOutputStream;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.harness.GuideProgram;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.PipelineFile;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example pipeline files of docs/input.md, each run through the loss of a TaskManager. */
class InputFormatsIT {
  private static final Path EXAMPLES = Path.of("../docs/examples");
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int PARTITIONS = 4;

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
    var example = new Example("json.yaml");
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
    var example = new Example("debezium.yaml");
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
    var example = new Example("protobuf.yaml");
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

  /** An example file, what its topic holds, and what is to come of it. */
  private final class Example {
    private final Configuration pipeline;
    private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    private final Map<String, List<@Nullable String>> expected = new TreeMap<>();
    private int outputs;

    Example(String file) {
      pipeline = PipelineFile.read(EXAMPLES.resolve(file));
      pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
      pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
    }

    void send(@Nullable String key, @Nullable String value) {
      send(key, bytes(value));
    }

    void send(@Nullable String key, byte @Nullable [] value) {
      records.add(new ProducerRecord<>(pipeline.get(JobOptions.SOURCE_TOPIC), bytes(key), value));
    }

    /** An embedding of a text, or a tombstone for null, under a Kafka key. */
    void expect(String key, @Nullable String text) {
      expected.computeIfAbsent(key, unused -> new ArrayList<>()).add(text);
      outputs++;
    }

    /**
     * Runs the file; a TaskManager is lost while the second half is on its way.
     *
     * @return the embeddings, after a check that they and the tombstones are those expected, each
     *     once, in order per key
     */
    List<EmbeddingRecord> run() throws Exception {
      String output = pipeline.get(JobOptions.SINK_TOPIC);
      String deadLetters = pipeline.get(JobOptions.SINK_DEAD_LETTER_TOPIC);
      broker.createTopic(pipeline.get(JobOptions.SOURCE_TOPIC), PARTITIONS);
      broker.createTopic(output, PARTITIONS);
      broker.createTopic(deadLetters, 1);
      int half = records.size() / 2;
      try (FaultyCluster cluster = FaultyCluster.start(directory)) {
        Topics.send(broker, records.subList(0, half));
        JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
        cluster.checkpoint(job); // most likely with records in flight
        Topics.send(broker, records.subList(half, records.size()));
        await("output of the second half")
            .atMost(LIMIT)
            .until(() -> Topics.readUncommitted(broker, output).size() > outputs * 3 / 4);
        long restores = cluster.restores(job);
        cluster.replaceTaskManager();
        await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
        await("all output to be committed")
            .atMost(LIMIT)
            .until(
                () -> {
                  cluster.checkpoint(job);
                  return Topics.readAll(broker, output).size() >= outputs;
                });
        cluster.drain(job);
      }
      assertThat(Topics.deadLetters(broker, deadLetters)).isEmpty();
      return check(Topics.readAll(broker, output));
    }

    private List<EmbeddingRecord> check(List<ConsumerRecord<byte[], byte[]>> found) {
      Map<String, List<@Nullable String>> texts = new TreeMap<>();
      List<EmbeddingRecord> embeddings = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : found) {
        String key = new String(record.key(), StandardCharsets.UTF_8);
        EmbeddingRecord embedding =
            record.value() == null ? null : EmbeddingRecordCodec.decodeJson(record.value());
        texts
            .computeIfAbsent(key, unused -> new ArrayList<>())
            .add(embedding == null ? null : Objects.requireNonNull(embedding.text()));
        if (embedding != null) {
          embeddings.add(embedding);
        }
      }
      assertThat(texts).isEqualTo(expected);
      return embeddings;
    }
  }

  private static byte @Nullable [] bytes(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
