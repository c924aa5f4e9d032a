package dev.streambed.e2e.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.run.RunCommand;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.CommandProcess;
import dev.streambed.e2e.records.Topics;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code streambed run --dry-run} against a real broker; beside a running job: {@link RunIT}. */
class DryRunIT {
  private static final Path EXAMPLES = Path.of("../docs/examples");
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** 2026-11-29T01:02:03.456Z. */
  private static final long TIMESTAMP_MILLIS = 1_795_914_123_456L;

  private static KafkaBroker broker;

  @TempDir private Path folder;

  /** Begins the names of the topics of a test, which are otherwise those of the example. */
  private String prefix;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = KafkaBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void createTopics(TestInfo test) throws Exception {
    prefix = test.getTestMethod().orElseThrow().getName() + "-";
    for (String topic : List.of("products", "product-embeddings", "product-dead-letters")) {
      broker.createTopic(prefix + topic, 1);
    }
  }

  @Test
  void showsWhatRecordsWouldBecomeAndLeavesNothing() throws Exception {
    Topics.send(
        broker,
        List.of(
            withHeaders(record("\u001B[2J", "{\"id\":1,\"title\":\"Kettle\"}")),
            record("2", "no JSON"),
            record("3", null)));

    String retention =
        "execution.checkpointing.externalized-checkpoint-retention: DELETE_ON_CANCELLATION\n";
    String printed =
        runInAProcess(0, pipeline("streambed.sink.format: avro\n" + retention), "--dry-run");

    assertThat(printed)
        .contains("reading from the earliest record, as group streambed-")
        .doesNotContain("externalized-checkpoint-retention") // run itself sets it
        .contains("\n  Kafka key   \"base64:G1sySg==\"\n  key         \"product-1\"\n")
        .containsPattern("\n  embedding   [\\d,]+ bytes of avro: \\{\"schemaVersion\":")
        .contains("\n  headers     \"trace\" 6 bytes; left out: \"content-type\" 1 byte\n")
        .doesNotContain("canary")
        .contains("\n  dead letter DECODE, reason INVALID_JSON: ")
        .contains("\n  tombstone   deletes the embedding under the Kafka key\n")
        .contains("Records 3: embeddings 1, tombstones 1, dead letters 1, skipped 0.");
    Path wrong = pipeline("");
    Files.writeString(wrong, Files.readString(wrong).replace("{/title}: ", ""));
    assertThat(runInAProcess(1, wrong, "--dry-run=2"))
        .endsWith("streambed: All 2 records would become dead letters.\n");
    assertThat(Topics.readUncommitted(broker, prefix + "product-embeddings")).isEmpty();
    assertThat(Topics.readUncommitted(broker, prefix + "product-dead-letters")).isEmpty();
    assertThat(folder.resolve("pipeline.yaml.checkpoints")).doesNotExist();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      assertThat(admin.listGroups().all().get())
          .noneMatch(group -> group.groupId().contains(prefix));
    }
  }

  /** docs/examples/dry-run.txt, which docs/input.md shows. */
  @Test
  void printsWhatTheGuideShows() throws Exception {
    Path pipeline = pipeline("");

    assertThat(run(pipeline))
        .isEqualTo("Records 0: there is nothing to read in %sproducts.\n".formatted(prefix));
    Topics.send(
        broker,
        List.of(
            record(
                "7",
                "{\"id\":7,\"title\":\"Kettle\",\"body\":{\"en\":\"Boils water.\"},\"price\":19.5,\"tags\":[\"kitchen\",\"steel\"],\"brand\":{\"name\":\"Acme\"},\"updated\":\"2026-11-28T09:30:00Z\"}"),
            record("8", "{\"id\":8,\"title\":\"Toaster\",\"body\":{\"en\":\"Two slots, wide.\"}}"),
            record("9", "{\"id\":9,\"title\":{\"en\":\"Lamp\"}}")));
    String printed = run(pipeline).replace(prefix, "");

    Path actual = Files.writeString(Path.of("target/dry-run.txt"), printed);
    assertThat(withoutSizes(printed))
        .as("docs/examples/dry-run.txt is what is printed; copy %s", actual)
        .isEqualTo(withoutSizes(Files.readString(EXAMPLES.resolve("dry-run.txt"))));
  }

  @Test
  void showsEachChunkOfADocument() throws Exception {
    Path pipeline = pipeline("  chunking:\n    mode: split\n    max-tokens: 16\n");
    Files.writeString(
        pipeline, Files.readString(pipeline).replace("event-time: /updated", "require-key: true"));
    String sentence = "The kettle boils the water in three minutes. ";
    Topics.send(
        broker,
        List.of(
            record(
                "7",
                "{\"id\":7,\"title\":\"Kettle\",\"body\":{\"en\":\"%s\"}}"
                    .formatted(sentence.repeat(3))),
            record(
                "7",
                "{\"id\":7,\"title\":\"Kettle\",\"body\":{\"en\":\"%s\"}}".formatted(sentence)),
            record("7", null)));

    String printed = run(pipeline);

    assertThat(printed)
        .contains("143 characters, 3 chunks\n")
        .containsPattern(
            "\n  chunk       \"7#2\", from 98 to 142: 44 characters, \\d+ tokens\n  embedding ")
        .contains("\n  deleted     the chunk \"7#2\"\n")
        .contains(
            "\n  tombstone   deletes the chunks under the Kafka key that the job has written\n")
        .contains("Records 3: 4 chunks of 2 documents, tombstones 1 (deleted chunks 3), ");
  }

  @Test
  void doesNotWaitForAnOpenTransaction() throws Exception {
    Path pipeline = pipeline("");
    String hidden =
        "Partition %sproducts-0 has an open transaction from offset %%d on, of transactional id somebody; what follows is not shown.\n"
            .formatted(prefix);

    try (var producer = transactionalProducer()) {
      producer.beginTransaction();
      producer.send(record("7", "{\"title\":\"not committed\"}")).get();
      assertThat(run(pipeline))
          .isEqualTo(
              "Records 0: there is nothing to read in %sproducts.\n".formatted(prefix)
                  + hidden.formatted(0));
      producer.abortTransaction(); // its mark is an offset without a record
      Topics.send(broker, List.of(record("7", "{\"title\":\"Kettle\"}")));
      producer.beginTransaction();
      producer.send(record("8", "{\"title\":\"not committed\"}")).get();
      assertThat(run(pipeline)).contains("Records 1: embeddings 1, ").endsWith(hidden.formatted(3));
      producer.abortTransaction();
      assertThat(run(pipeline))
          .contains("Records 1: embeddings 1, ")
          .endsWith("Nothing was written.\n");
    }
  }

  private Path pipeline(String more) throws Exception {
    String example = Files.readString(EXAMPLES.resolve("json.yaml"));
    return Files.writeString(
        folder.resolve("pipeline.yaml"),
        example
                .replace("localhost:9092", broker.bootstrapServers())
                .replace("/models/nomic", DefaultModel.open().path().toString())
                .replace("opic: product", "opic: " + prefix + "product")
            + more);
  }

  private ProducerRecord<byte[], byte[]> record(String key, @Nullable String value) {
    return new ProducerRecord<>(
        prefix + "products",
        0,
        TIMESTAMP_MILLIS,
        key.getBytes(StandardCharsets.UTF_8),
        value == null ? null : value.getBytes(StandardCharsets.UTF_8));
  }

  private static ProducerRecord<byte[], byte[]> withHeaders(ProducerRecord<byte[], byte[]> record) {
    record.headers().add("trace", "canary".getBytes(StandardCharsets.UTF_8));
    record.headers().add("content-type", new byte[] {'j'});
    return record;
  }

  private static KafkaProducer<byte[], byte[]> transactionalProducer() {
    var producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", "somebody"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  /** The result. */
  private static String run(Path pipeline) {
    var out = new StringWriter();
    int exitCode =
        new CommandLine(new RunCommand())
            .setOut(new PrintWriter(out))
            .execute("--dry-run", pipeline.toString());
    assertThat(exitCode).isZero();
    return out.toString();
  }

  /** Result and messages, after a check that no file is left. */
  private String runInAProcess(int exitCode, Path pipeline, String option) throws Exception {
    try (var command = CommandProcess.start(folder, "run", option, pipeline.toString())) {
      assertThat(command.process().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
      assertThat(command.process().exitValue()).as(command.printed()).isEqualTo(exitCode);
      assertThat(command.temporaryFiles()).isEmpty();
      return command.printed();
    }
  }

  /** The digits of a vector's numbers, and so the size of a value, differ between machines. */
  private static String withoutSizes(String printed) {
    return printed.replaceAll("[\\d,]+ bytes", "N bytes");
  }
}
