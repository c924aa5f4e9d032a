package dev.streambed.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.cli.DefaultModel;
import dev.streambed.cli.KafkaBroker;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.ModelDirectory;
import dev.streambed.embedder.OnnxTextEmbedder;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.JobOptions;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetterCodec;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecordCodec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole path with nothing replaced: a real broker, Flink, the real model; and faults in the
 * middle of the stream. Promises 1, 2, 3 and 7 of the style guide.
 */
class EndToEndIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int PARTITIONS = 4;
  private static final int ROUNDS = 3;

  /** Records sent before, and again after the checkpoint of a round. */
  private static final int BATCH = 500;

  private static final int RECORDS = ROUNDS * 2 * BATCH;

  /** Of a batch: more than one of the two task slots can have written. */
  private static final int WRITTEN = 400;

  private static final TestTexts TEXTS = new TestTexts();
  private static ModelDirectory model;
  private static KafkaBroker broker;

  @TempDir private Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    model = DefaultModel.open(line -> {});
    broker = KafkaBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void deliversEachRecordOnceInOrderWhenTaskManagersDie() throws Exception {
    var topics = new JobTopics("loss");
    try (FaultyCluster cluster = FaultyCluster.start(directory)) {
      JobID job = cluster.submit(topics.pipeline(), EmbedTopicJob::build);

      for (int round = 0; round < ROUNDS; round++) {
        topics.send(2 * round);
        cluster.checkpoint(job); // most likely with records in flight
        topics.send(2 * round + 1);
        topics.awaitWritten(2 * round + 1);
        long restores = cluster.restores(job);
        cluster.replaceTaskManager();
        await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
      }
      topics.awaitAllCommitted(cluster, job);
      cluster.drain(job);

      topics.checkOutput();
      // The faults did hit: texts were embedded again, and output was written that does not count.
      assertThat(cluster.textsEmbedded()).isGreaterThan(topics.expectedEmbeddings().size());
      assertThat(Topics.readUncommitted(broker, topics.output).size())
          .isGreaterThan(Topics.readAll(broker, topics.output).size());
    }
  }

  @Test
  void deliversEachRecordOnceInOrderWhenTheBrokerCrashes() throws Exception {
    var topics = new JobTopics("crash");
    try (FaultyCluster cluster = FaultyCluster.start(directory)) {
      JobID job = cluster.submit(topics.pipeline(), EmbedTopicJob::build);

      for (int round = 0; round < ROUNDS; round++) {
        topics.send(2 * round);
        cluster.checkpoint(job);
        topics.send(2 * round + 1);
        topics.awaitWritten(2 * round + 1);
        if (round == 1) {
          broker.kill();
          broker.restart();
        }
      }
      topics.awaitAllCommitted(cluster, job);
      cluster.drain(job);

      topics.checkOutput();
    }
  }

  /** The topics of a job, and what is expected of them. */
  private static final class JobTopics {
    private final String input;
    private final String output;
    private final String deadLetters;

    JobTopics(String name) throws Exception {
      this.input = name + "-texts";
      this.output = name + "-embeddings";
      this.deadLetters = name + "-dead-letters";
      broker.createTopic(input, PARTITIONS);
      broker.createTopic(output, PARTITIONS);
      broker.createTopic(deadLetters, 1);
    }

    Configuration pipeline() {
      var pipeline = new Configuration();
      pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
      pipeline.set(JobOptions.SOURCE_TOPIC, input);
      pipeline.set(JobOptions.SINK_TOPIC, output);
      pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, deadLetters);
      pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
      return pipeline;
    }

    void send(int batch) throws Exception {
      Topics.send(
          broker,
          IntStream.range(batch * BATCH, (batch + 1) * BATCH)
              .mapToObj(number -> TEXTS.record(input, number))
              .toList());
    }

    /** Waits until both slots have written records of a batch, committed or not. */
    void awaitWritten(int batch) {
      await("output of batch " + batch)
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(
                          Topics.readUncommitted(broker, output).stream()
                              .map(EndToEndIT::number)
                              .filter(number -> number / BATCH == batch)
                              .distinct()
                              .count())
                      .isGreaterThan(WRITTEN));
    }

    /** Takes checkpoints until something is committed for each record. */
    void awaitAllCommitted(FaultyCluster cluster, JobID job) {
      await("all output")
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                cluster.checkpoint(job);
                assertThat(
                        Stream.of(output, deadLetters)
                            .flatMap(topic -> Topics.readAll(broker, topic).stream())
                            .map(EndToEndIT::number)
                            .distinct()
                            .count())
                    .isEqualTo(RECORDS);
              });
    }

    List<Integer> expectedEmbeddings() {
      return IntStream.range(0, RECORDS)
          .filter(number -> !TestTexts.isDead(number))
          .boxed()
          .toList();
    }

    List<Integer> expectedDeadLetters() {
      return IntStream.range(0, RECORDS).filter(TestTexts::isDead).boxed().toList();
    }

    void checkOutput() {
      List<ConsumerRecord<byte[], byte[]>> embeddings = Topics.readAll(broker, output);
      List<ConsumerRecord<byte[], byte[]>> dead = Topics.readAll(broker, deadLetters);

      assertThat(embeddings.stream().map(EndToEndIT::number))
          .containsExactlyInAnyOrderElementsOf(expectedEmbeddings());
      assertThat(dead.stream().map(EndToEndIT::number))
          .containsExactlyInAnyOrderElementsOf(expectedDeadLetters());
      checkOrderPerKey(embeddings);
      embeddings.forEach(EndToEndIT::checkKeyHeadersAndTimestamp);
      dead.forEach(EndToEndIT::checkKeyHeadersAndTimestamp);
      dead.forEach(EndToEndIT::checkReason);
      checkVectors(embeddings);
    }
  }

  private static int number(ConsumerRecord<byte[], byte[]> record) {
    byte[] value = record.headers().lastHeader(TestTexts.NUMBER).value();
    return Integer.parseInt(new String(value, StandardCharsets.UTF_8));
  }

  private static void checkOrderPerKey(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, Integer> last = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      String key = new String(record.key(), StandardCharsets.UTF_8);
      Integer before = last.put(key, number(record));
      assertThat(before == null || before < number(record))
          .as("%s: record %d after %s", key, number(record), before)
          .isTrue();
    }
  }

  private static void checkKeyHeadersAndTimestamp(ConsumerRecord<byte[], byte[]> record) {
    int number = number(record);
    var sent = TEXTS.record("any", number);
    assertThat(record.key()).isEqualTo(sent.key());
    assertThat(record.timestamp()).isEqualTo(TestTexts.FIRST_TIMESTAMP + number);
    assertThat(record.headers().toArray()).isEqualTo(sent.headers().toArray());
  }

  private static void checkReason(ConsumerRecord<byte[], byte[]> record) {
    DeadLetter letter = DeadLetterCodec.decodeJson(record.value());
    assertThat(letter.reason())
        .isEqualTo(TestTexts.isBroken(number(record)) ? "INVALID_JSON" : "BLANK");
    assertThat(letter.record().value()).isEqualTo(TEXTS.record("any", number(record)).value());
  }

  /** Each vector is, bit for bit, that of its text embedded alone and without Flink. */
  private static void checkVectors(List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, float[]> expected = new HashMap<>();
    try (var embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
      for (String text : TEXTS.distinct()) {
        expected.put(text, embedder.embed(List.of(embedder.tokenise(text, null))).get(0).vector());
      }
    }
    for (ConsumerRecord<byte[], byte[]> record : records) {
      EmbeddingRecord embedding = EmbeddingRecordCodec.decodeJson(record.value());
      String text = TEXTS.text(number(record));
      assertThat(embedding.text()).isEqualTo(text);
      assertThat(embedding.embedding()).isEqualTo(expected.get(text));
      assertThat(embedding.provenance().model().digest()).isEqualTo(model.digest());
    }
  }
}
