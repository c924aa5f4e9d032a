package dev.streambed.cli.demo;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.local.LocalCluster;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * A broker with topics and a Flink cluster for one job between them. Confined to one thread. Owns
 * both, which also end by themselves when the process is interrupted.
 */
final class DemoCluster implements AutoCloseable {
  static final String TEXTS = "texts";
  static final String EMBEDDINGS = "embeddings";
  static final String DEAD_LETTERS = "dead-letters";

  private static final int PARTITIONS = 4;

  /** Longest time without progress. */
  private static final Duration STALL_LIMIT = Duration.ofMinutes(2);

  private final KafkaBroker broker;
  private final LocalCluster cluster;

  private long progress;
  private long progressNanos;

  private DemoCluster(KafkaBroker broker, LocalCluster cluster) {
    this.broker = broker;
    this.cluster = cluster;
  }

  static DemoCluster start(PrintStream err) throws Exception {
    err.println("Starting a Kafka broker and a Flink cluster ...");
    KafkaBroker broker = KafkaBroker.start();
    try {
      broker.createTopic(TEXTS, PARTITIONS);
      broker.createTopic(EMBEDDINGS, PARTITIONS);
      broker.createTopic(DEAD_LETTERS, 1);
      err.printf(
          "Kafka: %s (topics %s, %s, %s)%n",
          broker.bootstrapServers(), TEXTS, EMBEDDINGS, DEAD_LETTERS);
      LocalCluster cluster = LocalCluster.start(flinkOptions());
      err.printf("Flink: %s (%d slots)%n", cluster.webAddress(), cluster.slots());
      return new DemoCluster(broker, cluster);
    } catch (Exception e) {
      broker.close();
      throw e;
    }
  }

  private static Configuration flinkOptions() {
    // A demo that cannot work ends instead of trying for ever.
    var options = new Configuration();
    options.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    options.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    return options;
  }

  /** Runs the job over its topics, with further options. */
  void submit(ModelDirectory model, Map<String, String> more) throws Exception {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, TEXTS);
    pipeline.set(JobOptions.SINK_TOPIC, EMBEDDINGS);
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, DEAD_LETTERS);
    pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
    more.forEach(pipeline::setString);
    cluster.submit(pipeline, EmbedTopicJob::build);
    progressNanos = System.nanoTime();
  }

  /**
   * Ends a wait that has no end.
   *
   * @param done grows while the job works
   * @throws CommandFailedException if the job has ended, or done nothing for too long
   */
  void failIfStuck(long done) throws Exception {
    if (done > progress) {
      progress = done;
      progressNanos = System.nanoTime();
    }
    if (cluster.jobStatus().isGloballyTerminalState()) {
      throw new CommandFailedException(
          "The job ended before all records had arrived: " + cluster.lastJobFailure());
    }
    if (System.nanoTime() - progressNanos > STALL_LIMIT.toNanos()) {
      throw new CommandFailedException(
          "The job has done nothing for %d s. Its last failure: %s"
              .formatted(STALL_LIMIT.toSeconds(), cluster.lastJobFailure()));
    }
  }

  Reading counts() {
    return cluster.counts();
  }

  /** Ends the job after it has finished and committed all that it has read. */
  void drainJob() throws Exception {
    cluster.drainJob();
  }

  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  /** Properties of Kafka's clients. */
  Map<String, String> kafka() {
    return Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
  }

  @Override
  public void close() {
    try (broker;
        cluster) {
      // the cluster first
    }
  }
}
