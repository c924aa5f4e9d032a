package dev.streambed.e2e.delivery;

import static java.util.Comparator.comparing;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.CommandProcess;
import dev.streambed.e2e.records.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

class RunIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** Far more than are in flight at any moment. */
  private static final int RECORDS = 4_000;

  private static final Path MODEL = Path.of("../embedder/src/test/resources/tiny-model");

  private static KafkaBroker broker;

  @TempDir private Path folder;

  /** Names the topics of a test. */
  private String name;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = KafkaBroker.start();
    Topics.makeTheTopicOfGroups(broker);
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void createTopics(TestInfo test) throws Exception {
    name = test.getTestMethod().orElseThrow().getName();
    broker.createTopic(name + "-texts", 4);
    broker.createTopic(name + "-embeddings", 4);
    broker.createTopic(name + "-dead-letters", 1);
  }

  @Test
  void goesOnWhereItWasWhenItWasKilledOrToldToEnd() throws Exception {
    Path odd = Files.createDirectories(folder.resolve("my job, données a#b 50%"));
    Path pipeline =
        Files.writeString(
            odd.resolve("pipeline.yaml"), text() + "execution.checkpointing.interval: 1 s\n");
    send(0, RECORDS / 2);
    runUntilCommitted(
        pipeline,
        1,
        process -> {
          await("two checkpoints").atMost(LIMIT).until(() -> checkpoints(odd).size() >= 2);
          process.destroyForcibly();
        });
    List<Path> checkpoints = checkpoints(odd);
    Path last = checkpoints.get(checkpoints.size() - 1);
    touch(checkpoints.get(0)); // as copying does
    send(RECORDS / 2, RECORDS);
    String printed =
        runUntilCommitted(
            pipeline,
            RECORDS / 2 + 1,
            process -> {
              assertRefusesASecondRun(pipeline, process);
              assertEnds(0, pipeline, null, "Records 5: embeddings 5, ", "--dry-run");
              process.destroy();
            });
    assertThat(printed)
        .containsPattern("Going on from checkpoint .*/" + last.getFileName() + "\\R")
        .contains("Interrupted: the job ends without a savepoint. Started again, it goes on from");
    runUntilCommitted(pipeline, RECORDS, Process::destroy);

    assertThat(keys()).hasSize(RECORDS).doesNotHaveDuplicates();
    assertThat(folder)
        .isDirectoryNotContaining(
            path -> Files.isDirectory(path) && path.getFileName().toString().startsWith("my%"));

    send(0, 100);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      var partition = new TopicPartition(name + "-texts", 0);
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
    }
    assertEnds(1, pipeline, null, "The job ended with status FAILED: Lost offsets ");
  }

  @Test
  void refusesAnotherVectorSpaceAndStartsAnewWithAnotherGroup() throws Exception {
    Path pipeline = pipeline("");
    send(0, 100);
    runUntilCommitted(pipeline, 100, Process::destroyForcibly);

    pipeline("streambed.model.dimensions: 4\n");
    assertEnds(
        1,
        pipeline,
        null,
        "The job ended with status FAILED: The job's checkpoint goes with vectors of streambed://text-embedding@1/tiny@");
    send(100, 200);
    pipeline("");
    runUntilCommitted(pipeline, 200, Process::destroy); // the refused run has lost nothing
    assertThat(keys()).hasSize(200).doesNotHaveDuplicates();

    pipeline("streambed.model.dimensions: 4\nstreambed.source.group-id: fresh\n");
    String printed = runUntilCommitted(pipeline, 400, Process::destroy);

    assertThat(printed)
        .contains(
            "Topic %s-embeddings already has vectors of streambed://text-embedding@1/tiny@"
                .formatted(name))
        .doesNotContain("Going on from checkpoint");
    assertThat(keys()).hasSize(400);
  }

  @Test
  void endsWithABoundedSourceAndSaysWhatBecameDeadLetters() throws Exception {
    send(0, 100);
    var bad = new ArrayList<ProducerRecord<byte[], byte[]>>();
    List<String> deleted = new ArrayList<>(List.of("7", "key-30"));
    for (int i = 0; i < 30; i++) {
      bad.add(record(i % 3 == 0 ? "{\"text\":\" \"}" : "no JSON", i));
      deleted.add("key-" + i);
    }
    bad.add(record("{\"text\":\"%s\"}".formatted("the dog ".repeat(3_000)), 30)); // for the topic
    bad.add(new ProducerRecord<>(name + "-texts", new byte[] {'7'}, null));
    Topics.send(broker, bad);
    String sink = "streambed.sink: {max-record-size: 16 kb, on-rejected: tombstone}\n";
    String options = "streambed.source.bounded: true\n" + sink;
    Path pipeline = pipeline(options);

    try (var command = CommandProcess.start(folder, "run", pipeline.toString())) {
      assertThat(command.process().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
      assertThat(command.printed())
          .contains(
              "The source has ended, and all of it is committed: 100 embedded, 1 tombstone, 31 dead letters"
                  + " (INVALID_JSON 20, BLANK 10, TOO_LARGE 1) in topic "
                  + name
                  + "-dead-letters, 31 of them with a tombstone.");
      assertThat(command.process().exitValue()).isZero();
      assertThat(command.temporaryFiles()).isEmpty();
      assertThat(keys()).hasSize(100).doesNotHaveDuplicates();
    }
    assertThat(committed()).as("offsets that the group has committed").isEqualTo(132);
    new GuideConsumer(broker, name + "-embeddings", MODEL, folder).reads(keys(), deleted);
    pipeline(options + "streambed.source.group-id: again\n");
    assertEnds(
        1,
        pipeline,
        null,
        " %; --max-dead-letter-share allows 20.0 %", // 31 of 131, or of those so far
        "--max-dead-letter-share",
        "0.2");
  }

  @Test
  void saysWhatIsWrongWithAPipeline() throws Exception {
    assertEnds(1, folder.resolve("wrong-topic.yaml"), text().replace("-texts", "-txts"), "-txts");
    assertEnds(
        1,
        folder.resolve("unknown-key.yaml"),
        text() + "streambed.sink.topics: x\n",
        "Unknown option streambed.sink.topics");
    assertEnds(
        1, folder.resolve("no-model.yaml"), text().replace("tiny-model", "no-model"), "no-model");
    assertEnds(2, folder.resolve("missing.yaml"), null, "There is no pipeline file");
  }

  private interface End {
    void end(Process process) throws Exception;
  }

  /** The complete checkpoints in a folder, the last one at the end. */
  private static List<Path> checkpoints(Path folder) throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(Path::getParent)
          .sorted(comparing(it -> Integer.parseInt(it.getFileName().toString().substring(4))))
          .toList();
    }
  }

  private static void touch(Path checkpoint) throws Exception {
    FileTime later = FileTime.from(Instant.now().plusSeconds(3600));
    Files.setLastModifiedTime(checkpoint.resolve("_metadata"), later);
    Files.setLastModifiedTime(checkpoint, later);
  }

  private void assertRefusesASecondRun(Path pipeline, Process first) throws Exception {
    assertEnds(1, pipeline, null, "runs already, in process " + first.pid());
  }

  private String runUntilCommitted(Path pipeline, int records, End end) throws Exception {
    try (var command = CommandProcess.start(folder, "run", pipeline.toString())) {
      await("%d records".formatted(records))
          .atMost(LIMIT)
          .until(() -> keys().size() >= records || !command.process().isAlive());
      assertThat(command.process().isAlive()).as(command.printed()).isTrue();

      end.end(command.process());

      assertThat(command.process().waitFor(30, SECONDS)).isTrue();
      return command.printed();
    }
  }

  private void assertEnds(
      int exitCode, Path pipeline, @Nullable String text, String message, String... options)
      throws Exception {
    if (text != null) {
      Files.writeString(pipeline, text);
    }
    List<String> arguments = new ArrayList<>(List.of("run", pipeline.toString()));
    arguments.addAll(List.of(options));
    try (var command = CommandProcess.start(folder, arguments.toArray(new String[0]))) {
      assertThat(command.process().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
      assertThat(command.printed()).contains(message).doesNotContain("streambed: unexpected");
      assertThat(command.process().exitValue()).isEqualTo(exitCode);
      assertThat(command.temporaryFiles()).isEmpty();
    }
  }

  private Path pipeline(String more) throws Exception {
    return Files.writeString(folder.resolve("pipeline.yaml"), text() + more);
  }

  private String text() {
    return """
    streambed.source.bootstrap-servers: %1$s
    streambed.source.topic: %2$s-texts
    streambed.sink.topic: %2$s-embeddings
    streambed.sink.dead-letter-topic: %2$s-dead-letters
    streambed.model.directory: %3$s
    """
        .formatted(broker.bootstrapServers(), name, MODEL.toAbsolutePath().normalize());
  }

  private long committed() throws Exception {
    String group = "streambed-%1$s-texts-to-%1$s-embeddings".formatted(name);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .values()
          .stream()
          .mapToLong(OffsetAndMetadata::offset)
          .sum();
    }
  }

  private void send(int from, int to) throws Exception {
    var records = new ArrayList<ProducerRecord<byte[], byte[]>>();
    for (int i = from; i < to; i++) {
      records.add(record("{\"text\":\"the dog bites the man, time %d\"}".formatted(i), i));
    }
    Topics.send(broker, records);
  }

  private ProducerRecord<byte[], byte[]> record(String value, int number) {
    return new ProducerRecord<>(
        name + "-texts",
        ("key-" + number).getBytes(StandardCharsets.UTF_8),
        value.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> keys() {
    return Topics.readAll(broker, name + "-embeddings").stream()
        .filter(record -> record.value() != null)
        .map(record -> new String(record.key(), StandardCharsets.UTF_8))
        .toList();
  }
}
