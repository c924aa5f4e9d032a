package dev.streambed.e2e.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.CommandProcess;
import dev.streambed.e2e.harness.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** Far more than are in flight at any moment. */
  private static final int RECORDS = 4_000;

  private KafkaBroker broker;

  @TempDir private Path folder;

  @BeforeEach
  void startBroker() throws Exception {
    broker = KafkaBroker.start();
    broker.createTopic("texts", 4);
    broker.createTopic("embeddings", 4);
    broker.createTopic("dead-letters", 1);
  }

  @AfterEach
  void stopBroker() {
    broker.close();
  }

  @Test
  void goesOnWhereItWasWhenItWasKilledOrToldToEnd() throws Exception {
    Path pipeline = pipeline("");
    send(0, RECORDS / 2);
    runUntilCommitted(pipeline, 1, Process::destroyForcibly);
    send(RECORDS / 2, RECORDS);
    runUntilCommitted(pipeline, RECORDS / 2 + 1, Process::destroy);
    runUntilCommitted(pipeline, RECORDS, Process::destroy);

    assertThat(keys()).hasSize(RECORDS).doesNotHaveDuplicates();
  }

  @Test
  void endsWithABoundedSource() throws Exception {
    Path pipeline = pipeline("streambed.source.bounded: true\n");
    send(0, 100);

    try (var command = CommandProcess.start(folder, "run", pipeline.toString())) {
      assertThat(command.process().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();

      assertThat(command.printed()).contains("The source has ended, and all of it is committed.");
      assertThat(command.process().exitValue()).isZero();
      assertThat(command.temporaryFiles()).isEmpty();
      assertThat(keys()).hasSize(100).doesNotHaveDuplicates();
    }
  }

  @Test
  void saysWhatIsWrongWithAPipeline() throws Exception {
    assertFails(
        1,
        folder.resolve("wrong-topic.yaml"),
        text().replace("topic: texts", "topic: txts"),
        "txts");
    assertFails(
        1,
        folder.resolve("unknown-key.yaml"),
        text() + "streambed.sink.topics: x\n",
        "Unknown option streambed.sink.topics");
    assertFails(
        1, folder.resolve("no-model.yaml"), text().replace("tiny-model", "no-model"), "no-model");
    assertFails(2, folder.resolve("missing.yaml"), null, "There is no pipeline file");
  }

  private interface End {
    void end(Process process);
  }

  private void runUntilCommitted(Path pipeline, int records, End end) throws Exception {
    try (var command = CommandProcess.start(folder, "run", pipeline.toString())) {
      await("%d records".formatted(records))
          .atMost(LIMIT)
          .until(() -> keys().size() >= records || !command.process().isAlive());
      assertThat(command.process().isAlive()).as(command.printed()).isTrue();

      end.end(command.process());

      assertThat(command.process().waitFor(30, SECONDS)).isTrue();
    }
  }

  private void assertFails(int exitCode, Path pipeline, @Nullable String text, String message)
      throws Exception {
    if (text != null) {
      Files.writeString(pipeline, text);
    }
    try (var command = CommandProcess.start(folder, "run", pipeline.toString())) {
      assertThat(command.process().waitFor(LIMIT.toSeconds(), SECONDS)).isTrue();
      assertThat(command.printed()).contains(message).doesNotContain("unexpected");
      assertThat(command.process().exitValue()).isEqualTo(exitCode);
      assertThat(command.temporaryFiles()).isEmpty();
    }
  }

  private Path pipeline(String more) throws Exception {
    return Files.writeString(folder.resolve("pipeline.yaml"), text() + more);
  }

  private String text() {
    return """
    streambed.source.bootstrap-servers: %s
    streambed.source.topic: texts
    streambed.sink.topic: embeddings
    streambed.sink.dead-letter-topic: dead-letters
    streambed.model.directory: %s
    """
        .formatted(
            broker.bootstrapServers(),
            Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().normalize());
  }

  private void send(int from, int to) throws Exception {
    var records = new ArrayList<ProducerRecord<byte[], byte[]>>();
    for (int i = from; i < to; i++) {
      String value = "{\"text\":\"the dog bites the man, time %d\"}".formatted(i);
      records.add(
          new ProducerRecord<>(
              "texts",
              ("key-" + i).getBytes(StandardCharsets.UTF_8),
              value.getBytes(StandardCharsets.UTF_8)));
    }
    Topics.send(broker, records);
  }

  private List<String> keys() {
    return Topics.readAll(broker, "embeddings").stream()
        .map(ConsumerRecord::key)
        .map(key -> new String(key, StandardCharsets.UTF_8))
        .toList();
  }
}
