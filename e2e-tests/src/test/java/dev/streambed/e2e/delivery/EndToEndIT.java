package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.e2e.records.DeliveryProgress;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.OutputCheck;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole path with nothing replaced: a real broker, Flink, the real model; and faults in the
 * middle of the stream. Promises 1, 2, 3 and 7 of CONTRIBUTING.md.
 */
class EndToEndIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final int ROUNDS = 3;

  /** Records sent before, and again after the checkpoint of a round. */
  private static final int BATCH = 500;

  private static final int RECORDS = ROUNDS * 2 * BATCH;

  /** Records of a batch; more than one of the two task slots can have written. */
  private static final int WRITTEN = 400;

  private static ModelDirectory model;
  private static KafkaBroker broker;
  private static OutputCheck outputs;

  @TempDir private Path directory;

  @BeforeAll
  static void startBroker() throws Exception {
    model = DefaultModel.open();
    outputs = new OutputCheck(model);
    broker = KafkaBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void deliversEachRecordOnceInOrderWhenTaskManagersDie() throws Exception {
    JobTopics topics = JobTopics.create(broker, "loss");
    try (FaultyCluster cluster = FaultyCluster.start(directory)) {
      JobID job = cluster.submit(pipeline(topics), EmbedTopicJob::build);

      for (int round = 0; round < ROUNDS; round++) {
        send(topics, 2 * round);
        cluster.checkpoint(job); // most likely with records in flight
        send(topics, 2 * round + 1);
        awaitWritten(topics, 2 * round + 1);
        long restores = cluster.restores(job);
        cluster.replaceTaskManager();
        await("restore").atMost(LIMIT).until(() -> cluster.restores(job) > restores);
      }
      awaitAllCommitted(topics, cluster, job);
      cluster.drain(job);

      outputs.check(topics, RECORDS);
      // The faults hit: texts were embedded again, and output was written that does not count.
      assertThat(cluster.textsEmbedded()).isGreaterThan(topics.readEmbeddings().size());
      assertThat(Topics.readUncommitted(broker, topics.output()).size())
          .isGreaterThan(topics.readEmbeddings().size());
    }
  }

  @Test
  void deliversEachRecordOnceInOrderWhenTheBrokerCrashes() throws Exception {
    JobTopics topics = JobTopics.create(broker, "crash");
    try (FaultyCluster cluster = FaultyCluster.start(directory)) {
      JobID job = cluster.submit(pipeline(topics), EmbedTopicJob::build);

      for (int round = 0; round < ROUNDS; round++) {
        send(topics, 2 * round);
        cluster.checkpoint(job);
        send(topics, 2 * round + 1);
        awaitWritten(topics, 2 * round + 1);
        if (round == 1) {
          broker.kill();
          broker.restart();
        }
      }
      awaitAllCommitted(topics, cluster, job);
      cluster.drain(job);

      outputs.check(topics, RECORDS);
    }
  }

  private static Configuration pipeline(JobTopics topics) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, topics.input());
    pipeline.set(JobOptions.SINK_TOPIC, topics.output());
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, topics.deadLetters());
    pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
    return pipeline;
  }

  private static void send(JobTopics topics, int batch) throws Exception {
    topics.send(batch * BATCH, (batch + 1) * BATCH);
  }

  /** Waits until both slots have written records of a batch, committed or not. */
  private static void awaitWritten(JobTopics topics, int batch) {
    await("output of batch " + batch)
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(
                        Topics.readUncommitted(broker, topics.output()).stream()
                            .map(OutputCheck::number)
                            .filter(number -> number / BATCH == batch)
                            .distinct()
                            .count())
                    .isGreaterThan(WRITTEN));
  }

  /** Takes checkpoints until each record is committed, or no more come. */
  private static void awaitAllCommitted(JobTopics topics, FaultyCluster cluster, JobID job) {
    try (var progress = new DeliveryProgress(topics)) {
      progress.awaitSettled(RECORDS, () -> cluster.checkpoint(job));
    }
  }
}
