package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.Topics;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.policy.LostTransactionPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Transactions that Kafka refuses to commit: the job must notice each one that is lost, and must
 * not report those that were committed before a restart.
 */
class LostTransactionIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** Short enough to wait for; the outages of these tests take longer, or no time at all. */
  private static final Duration TIMEOUT = Duration.ofSeconds(6);

  private static final int BATCH = 40;

  private static final String ADVICE =
      "To write them again, start the job from an earlier checkpoint or savepoint; everything else"
          + " that was committed since will be there twice. To go on without them, set"
          + " streambed.sink.on-lost-transaction: ignore and start from the last checkpoint.";

  /** Its transactions are those of a broker that was upgraded from Kafka 3. */
  private static KafkaBroker kafka3;

  /** With an epoch for each transaction. */
  private static KafkaBroker kafka4;

  private static int tests;

  private final String texts = "texts-" + tests++;
  private final String embeddings = texts + "-embeddings";
  private final String deadLetters = texts + "-dead-letters";

  /** The one that this test uses. */
  private KafkaBroker broker;

  private FaultyCluster cluster;

  @TempDir private Path directory;

  @BeforeAll
  static void startBrokers() throws Exception {
    kafka3 = KafkaBroker.start(LostTransactionIT::abortsInTime);
    kafka4 = KafkaBroker.start(LostTransactionIT::abortsInTime);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka4.bootstrapServers()))) {
      admin
          .updateFeatures(
              Map.of(
                  "transaction.version",
                  new FeatureUpdate((short) 2, FeatureUpdate.UpgradeType.UPGRADE)),
              new UpdateFeaturesOptions())
          .all()
          .get();
    }
  }

  private static void abortsInTime(Properties settings) {
    settings.setProperty("transaction.abort.timed.out.transaction.cleanup.interval.ms", "200");
  }

  @AfterAll
  static void stopBrokers() {
    try {
      kafka4.close();
    } finally {
      kafka3.close();
    }
  }

  @BeforeEach
  void start() throws Exception {
    use(kafka3);
    cluster = FaultyCluster.start(directory);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void use(KafkaBroker used) throws Exception {
    this.broker = used;
    used.createTopic(texts, 2);
    used.createTopic(embeddings, 2);
    used.createTopic(deadLetters, 1);
  }

  @Test
  void failsForGoodAndSaysWhatToDoIfATransactionTimesOut() throws Exception {
    Configuration pipeline = pipeline(TransactionNamingStrategy.POOLING, TIMEOUT);
    JobID job = cluster.submit(pipeline, EmbedTopicJob::build);
    sendAndCommit(job, 0);
    sendAndPrepare(job, 1);
    BrokerTransactions.awaitAbort(broker, embeddings, LIMIT);

    cluster.checkpoint(job); // which commits

    assertThat(cluster.failure(job))
        .hasStackTraceContaining(
            "Its records in topic %s from before the last checkpoint are missing."
                .formatted(embeddings))
        .hasStackTraceContaining(ADVICE);
    assertThat(cluster.status(job)).isEqualTo(JobStatus.FAILED);
    assertThat(delivered()).containsExactlyInAnyOrderElementsOf(numbers(0, 1));

    // The message is right: from an earlier checkpoint, nothing is missing.
    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, cluster.retainedCheckpoint(job, 1));
    JobID again = cluster.submit(pipeline, EmbedTopicJob::build);
    sendAndCommit(again, 2);
    assertThat(delivered()).containsExactlyInAnyOrderElementsOf(numbers(0, 3));
  }

  @ParameterizedTest
  @EnumSource(TransactionNamingStrategy.class)
  void goesOnWithoutALostTransactionOnlyIfToldTo(TransactionNamingStrategy naming)
      throws Exception {
    use(kafka4);
    Configuration pipeline = pipeline(naming, TIMEOUT);
    JobID first = cluster.submit(pipeline, EmbedTopicJob::build);
    sendAndCommit(first, 0);
    String savepoint = sendAndPrepare(first, 1);
    cluster.cancel(first);
    BrokerTransactions.awaitAbort(broker, embeddings, LIMIT);

    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    JobID second = cluster.submit(pipeline, EmbedTopicJob::build);
    assertThat(cluster.failure(second))
        .hasStackTraceContaining(
            "Its records in topic %s from before checkpoint ".formatted(embeddings))
        .hasStackTraceContaining(ADVICE);

    long lostBefore = cluster.lostTransactions();
    pipeline.set(JobOptions.SINK_ON_LOST_TRANSACTION, LostTransactionPolicy.IGNORE);
    JobID third = cluster.submit(pipeline, EmbedTopicJob::build);
    sendAndCommit(third, 2);
    assertThat(cluster.lostTransactions()).isGreaterThan(lostBefore);
    assertThat(delivered())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(numbers(0, 1).stream(), numbers(2, 3).stream()).toList());
  }

  @Test
  void goesOnAfterAnOutageThatIsShorterThanTheTimeout() throws Exception {
    JobID job =
        cluster.submit(
            pipeline(TransactionNamingStrategy.POOLING, Duration.ofMinutes(15)),
            EmbedTopicJob::build);
    sendAndCommit(job, 0);
    sendAndPrepare(job, 1);
    broker.kill();
    broker.restart();

    sendAndCommit(job, 2);

    assertNothingLost(job, 3);
  }

  @ParameterizedTest
  @EnumSource(TransactionNamingStrategy.class)
  void losesNothingThatOnlyACheckpointSends(TransactionNamingStrategy naming) throws Exception {
    Configuration pipeline = pipeline(naming, Duration.ofMinutes(15));
    pipeline.setString(JobOptions.SINK_KAFKA.key() + ".linger.ms", "60000");
    JobID first = cluster.submit(pipeline, EmbedTopicJob::build);
    send(0);
    await("batch 0").atMost(LIMIT).until(() -> cluster.recordsWritten() == BATCH);
    assertThat(Topics.keys(Topics.readUncommitted(broker, embeddings))).isEmpty();
    String savepoint = cluster.savepoint(first);
    cluster.cancel(first);

    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    JobID second = cluster.submit(pipeline, EmbedTopicJob::build);
    sendAndCommit(second, 1);

    assertNothingLost(second, 2);
  }

  @ParameterizedTest
  @EnumSource(TransactionNamingStrategy.class)
  void takesACommitBeforeARestartForWhatItIs(TransactionNamingStrategy naming) throws Exception {
    use(kafka4);

    commitThenRestart(naming);
  }

  @ParameterizedTest
  @EnumSource(TransactionNamingStrategy.class)
  void takesACommitBeforeARestartForWhatItIsWithTransactionsOfKafka3(
      TransactionNamingStrategy naming) throws Exception {
    commitThenRestart(naming);
  }

  private void commitThenRestart(TransactionNamingStrategy naming) throws Exception {
    JobID job = cluster.submit(pipeline(naming, Duration.ofMinutes(15)), EmbedTopicJob::build);

    sendAndCommit(job, 0);
    restart(job); // with the commit of the checkpoint repeated
    sendAndCommit(job, 1);
    sendAndPrepare(job, 2); // from here on POOLING reuses the ids of the checkpoint
    sendAndAwaitWritten(3);
    restart(job);
    sendAndCommit(job, 4);

    assertNothingLost(job, 5);
  }

  private void restart(JobID job) throws Exception {
    long restores = cluster.restores(job);
    cluster.replaceTaskManager();
    await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
  }

  private void assertNothingLost(JobID job, int batches) throws Exception {
    assertThat(cluster.lostTransactions()).isZero();
    assertThat(cluster.status(job)).isEqualTo(JobStatus.RUNNING);
    assertThat(delivered()).containsExactlyInAnyOrderElementsOf(numbers(0, batches));
  }

  private void sendAndCommit(JobID job, int batch) throws Exception {
    send(batch);
    await("batch " + batch)
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              cluster.checkpoint(job);
              assertThat(delivered()).containsAll(numbers(batch, batch + 1));
            });
  }

  /** Leaves the outputs of a batch in transactions that a checkpoint has yet to commit. */
  private String sendAndPrepare(JobID job, int batch) throws Exception {
    sendAndAwaitWritten(batch);
    return cluster.savepoint(job);
  }

  private void sendAndAwaitWritten(int batch) throws Exception {
    send(batch);
    await("output of batch " + batch)
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(Topics.keys(Topics.readUncommitted(broker, embeddings)))
                    .containsAll(numbers(batch, batch + 1)));
  }

  private Configuration pipeline(TransactionNamingStrategy naming, Duration timeout) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, texts);
    pipeline.set(JobOptions.SINK_TOPIC, embeddings);
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, deadLetters);
    pipeline.set(JobOptions.SINK_TRANSACTION_NAMING, naming);
    pipeline.set(JobOptions.SINK_TRANSACTION_TIMEOUT, timeout);
    pipeline.set(
        JobOptions.MODEL_DIRECTORY,
        Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().toString());
    pipeline.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
    return pipeline;
  }

  private void send(int batch) throws Exception {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String number : numbers(batch, batch + 1)) {
      records.add(
          new ProducerRecord<>(
              texts,
              number.getBytes(StandardCharsets.UTF_8),
              "{\"text\":\"the dog bites the man\"}".getBytes(StandardCharsets.UTF_8)));
    }
    Topics.send(broker, records);
  }

  private static List<String> numbers(int firstBatch, int endBatch) {
    return IntStream.range(firstBatch * BATCH, endBatch * BATCH)
        .mapToObj(Integer::toString)
        .toList();
  }

  private List<String> delivered() {
    return Topics.keys(broker, embeddings);
  }
}
