package dev.streambed.cli.demo;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.local.LocalCluster;
import dev.streambed.cli.local.ProgressDisplay;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.query.CommittedRecords;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.query.VectorIndex;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.json.DeadLetterCodec;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.jspecify.annotations.Nullable;

/**
 * A broker, a Flink cluster and the job between them, for the demo. Confined to one thread. Owns
 * the broker and the cluster, which also end by themselves when the process is interrupted.
 */
final class Demo implements AutoCloseable {
  private static final String TEXTS = "texts";
  private static final String EMBEDDINGS = "embeddings";
  private static final String DEAD_LETTERS = "dead-letters";
  private static final int PARTITIONS = 4;

  /** Longest time without progress. */
  private static final Duration STALL_LIMIT = Duration.ofMinutes(2);

  private static final Duration POLL_LIMIT = Duration.ofMillis(100);

  private static final double NANOS_PER_SECOND = 1e9;

  private final KafkaBroker broker;
  private final LocalCluster cluster;
  private final PrintStream err;

  private Demo(KafkaBroker broker, LocalCluster cluster, PrintStream err) {
    this.broker = broker;
    this.cluster = cluster;
    this.err = err;
  }

  /**
   * The result.
   *
   * @param check the verdict
   * @param seconds from the submission of the job to the last arrival
   * @param index the embeddings
   */
  record Delivery(
      DeliveryCheck check,
      Reading counts,
      double seconds,
      List<DeadLetter> deadLetters,
      VectorIndex<DemoText> index) {}

  static Demo start(PrintStream err) throws Exception {
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
      return new Demo(broker, cluster, err);
    } catch (Exception e) {
      broker.close();
      throw e;
    }
  }

  /** Runs the job over the input, then reads its output from the beginning. */
  Delivery deliver(DemoInput input, ModelDirectory model) throws Exception {
    long startNanos = System.nanoTime();
    cluster.submit(pipeline(model), EmbedTopicJob::build);
    input.send(broker.bootstrapServers(), TEXTS);
    err.printf(
        "Sent %,d texts, and %d records that nobody can embed. Latency (p50, p99) includes waiting.%n",
        input.goodKeys().size(), input.badKeys().size());
    awaitArrival(input);
    double seconds = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
    err.println("All have arrived. Stopping the job, then reading its topics once more ...");
    cluster.drainJob();
    return readOutput(input, model.description().space(), seconds);
  }

  private static Configuration flinkOptions() {
    // A demo that cannot work ends instead of trying for ever.
    var options = new Configuration();
    options.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    options.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    return options;
  }

  private Configuration pipeline(ModelDirectory model) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, TEXTS);
    pipeline.set(JobOptions.SINK_TOPIC, EMBEDDINGS);
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, DEAD_LETTERS);
    pipeline.set(JobOptions.MODEL_DIRECTORY, model.path().toString());
    return pipeline;
  }

  /** Waits until each record that was sent has arrived. */
  private void awaitArrival(DemoInput input) throws Exception {
    var display =
        new ProgressDisplay(err, ProgressDisplay.Medium.ofThisProcess(), System::nanoTime);
    DeliveryCheck check = input.check();
    long lastProgressNanos = System.nanoTime();
    long lastProgress = 0;
    try (CommittedRecords reader = outputRecords(EMBEDDINGS, DEAD_LETTERS)) {
      while (check.arrived() < check.expected()) {
        reader.poll(
            POLL_LIMIT,
            record -> {
              if (record.topic().equals(DEAD_LETTERS)) {
                check.dead(key(record.key()));
              } else {
                check.embedded(key(record.key()));
              }
            });
        Reading counts = cluster.counts();
        display.update(
            String.format(Locale.ROOT, "delivered %,d of %,d", check.arrived(), check.expected()),
            counts);
        if (check.arrived() + counts.texts() > lastProgress) {
          lastProgress = check.arrived() + counts.texts();
          lastProgressNanos = System.nanoTime();
        }
        failIfStuck(lastProgressNanos);
      }
    }
    display.end();
  }

  private void failIfStuck(long lastProgressNanos) throws Exception {
    if (cluster.jobStatus().isGloballyTerminalState()) {
      throw new CommandFailedException(
          "The job ended before all records had arrived: " + cluster.lastJobFailure());
    }
    if (System.nanoTime() - lastProgressNanos > STALL_LIMIT.toNanos()) {
      throw new CommandFailedException(
          "The job has done nothing for %d s. Its last failure: %s"
              .formatted(STALL_LIMIT.toSeconds(), cluster.lastJobFailure()));
    }
  }

  /** Reads everything that is committed, from the beginning. */
  private Delivery readOutput(DemoInput input, VectorSpace space, double seconds) {
    DeliveryCheck check = input.check();
    var deadLetters = new ArrayList<DeadLetter>();
    var index = new VectorIndex<DemoText>();
    try (EmbeddingReader reader =
        EmbeddingReader.open(
            kafka(), EMBEDDINGS, EmbeddingReader.Options.DEFAULT.withSpace(space))) {
      reader.readToEnd(
          entry -> {
            String key = key(entry.key());
            check.embedded(key);
            index.add(entry.embedding().embedding(), input.text(key));
          });
    }
    try (CommittedRecords reader = outputRecords(DEAD_LETTERS)) {
      reader.readToEnd(
          record -> {
            check.dead(key(record.key()));
            deadLetters.add(DeadLetterCodec.decodeJson(record.value()));
          });
    }
    return new Delivery(check, cluster.counts(), seconds, deadLetters, index);
  }

  private CommittedRecords outputRecords(String... topics) {
    return new CommittedRecords(kafka(), List.of(topics));
  }

  private Map<String, String> kafka() {
    return Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
  }

  /** The key of a record; each text of the demo has one. */
  private static String key(byte @Nullable [] key) {
    return new String(Objects.requireNonNull(key), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    try (broker;
        cluster) {
      // the cluster first
    }
  }
}
