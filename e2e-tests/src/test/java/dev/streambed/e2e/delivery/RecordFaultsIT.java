package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.delivery.MixedRecords.Kind;
import dev.streambed.e2e.delivery.MixedRecords.Mixed;
import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.records.Canaries;
import dev.streambed.e2e.records.DeliveryProgress;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.TestTexts;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deployable jar on a real cluster, with records that are a fault themselves. Promises 1, 2, 3,
 * 7 and 8 of CONTRIBUTING.md.
 */
class RecordFaultsIT {
  private static final long SEED = 20261125;
  private static final Duration LIMIT = Duration.ofMinutes(4);

  /** Rounds of a heavy word: half a second or more. */
  private static final int ROUNDS = 400;

  @TempDir private static Path directory;
  private static KafkaBroker broker;
  private static FlinkCluster cluster;
  private static ModelDirectory model;

  private @Nullable String running;

  @BeforeAll
  static void start() throws Exception {
    model = FaultyModel.create(directory, ROUNDS);
    broker = KafkaBroker.start();
    cluster = FlinkCluster.start(directory.resolve("flink"), /* taskManagers= */ 2, /* slots= */ 1);
  }

  @AfterAll
  static void stop() {
    try {
      cluster.close();
    } finally {
      broker.close();
    }
  }

  @AfterEach
  void leaveAnIdleCluster() throws Exception {
    if (running != null && !cluster.jobs().hasEnded(running)) {
      cluster.jobs().cancel(running);
    }
    cluster.awaitSlots();
  }

  @Test
  void deliversARecordOfAnyKindOnceWhileATaskManagerIsKilledAndTheInputEnds() throws Exception {
    JobTopics topics = JobTopics.create(broker, "mixed");
    List<Mixed> sent = MixedRecords.of(SEED, topics.input());
    Topics.send(broker, sent.stream().map(Mixed::record).toList());
    Path pipeline =
        topics.writePipeline(
            directory,
            broker.bootstrapServers(),
            model,
            options(),
            "streambed.source.bounded: true");

    String job = cluster.jobs().run(pipeline, /* parallelism= */ 2);
    running = job;
    int before;
    try (var progress = new DeliveryProgress(topics)) {
      progress.awaitDelivered(1);
      cluster.taskManager(1).kill();
      before = progress.delivered();
    }
    cluster.taskManager(1).start();
    cluster.jobs().awaitStatus(job, "FINISHED");

    assertThat(before).as("records delivered before the kill").isLessThan(sent.size());
    assertThat(cluster.jobs().checkpoints(job).restored()).isPositive();
    Map<Kind, Integer> counts = MixedOutputCheck.check(topics, sent, model);
    System.out.printf(
        "Mixed records with seed %d: %d in, each out once; %d delivered when a TaskManager was"
            + " killed; %s%n",
        SEED, sent.size(), before, counts);
  }

  @Test
  void completesCheckpointsWhileABatchRuns() throws Exception {
    JobTopics topics = JobTopics.create(broker, "slow");
    Path pipeline = topics.writePipeline(directory, broker.bootstrapServers(), model, options());
    String job = cluster.jobs().run(pipeline, /* parallelism= */ 1);
    running = job;
    String text = (FaultyModel.HEAVY + " ").repeat(60) + "w1"; // some 15 seconds
    Topics.send(broker, List.of(slowRecord(topics, text)));
    await("the slow record to be read")
        .atMost(LIMIT)
        .until(() -> cluster.jobs().operatorMetric(job, "decode", "numRecordsIn") == 1);

    int before = cluster.jobs().checkpoints(job).completed();
    await("checkpoints during the batch")
        .atMost(LIMIT)
        .until(() -> cluster.jobs().checkpoints(job).completed() >= before + 5);
    int written = Topics.readUncommitted(broker, topics.output()).size();
    int completed = cluster.jobs().checkpoints(job).completed() - before;

    assertThat(written).as("records written before the checkpoints were counted").isZero();
    try (var progress = new DeliveryProgress(topics)) {
      progress.awaitDelivered(1);
    }
    cluster.jobs().drain(job);
    assertThat(topics.readEmbeddings()).hasSize(1);
    System.out.printf("Slow batch: at least %d checkpoints while it ran%n", completed);
  }

  /** Sets a credential that Kafka's clients read, although this broker asks for none. */
  private static String options() throws IOException {
    Path secrets = directory.resolve("secrets.properties");
    Files.writeString(secrets, "password=" + Canaries.CREDENTIAL);
    return """
    execution.checkpointing.interval: 500 ms
    streambed.sink.kafka.ssl.key.password: ${file:%1$s:password}
    streambed.source.kafka.ssl.key.password: ${file:%1$s:password}
    """
        .formatted(secrets);
  }

  private static ProducerRecord<byte[], byte[]> slowRecord(JobTopics topics, String text) {
    byte[] value = "{\"text\":\"%s\"}".formatted(text).getBytes(StandardCharsets.UTF_8);
    List<Header> headers = List.of(new RecordHeader(TestTexts.NUMBER, new byte[] {'0'}));
    return new ProducerRecord<>(
        topics.input(), /* partition= */ 0, TestTexts.FIRST_TIMESTAMP, null, value, headers);
  }
}
