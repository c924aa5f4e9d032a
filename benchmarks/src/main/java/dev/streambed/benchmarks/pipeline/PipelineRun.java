package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.pipeline.CommitRate.Window;
import dev.streambed.benchmarks.pipeline.PipelineTopics.CommittedEnd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs a job in a Flink of its own in this JVM, with a checkpoint every second, and measures how
 * fast it commits.
 */
final class PipelineRun {
  static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final int LOOK_MILLIS = 100; // each look costs the broker a request
  private static final long NANOS_BETWEEN_CHECKS = Duration.ofSeconds(2).toNanos();

  private final int slots;
  private final Path work;
  private final Duration warmUp;
  private final Duration window;

  /** Adds a job to an environment. */
  interface Job {
    void build(StreamExecutionEnvironment environment) throws Exception;
  }

  /**
   * @param slots one for each core
   * @param work folder for checkpoints
   * @param warmUp from the first commit on; not measured
   * @param window measured
   */
  PipelineRun(int slots, Path work, Duration warmUp, Duration window) {
    this.slots = slots;
    this.work = work;
    this.warmUp = warmUp;
    this.window = window;
  }

  /**
   * Measures a job.
   *
   * @param inputs records of its input; a job that comes to their end is measured up to there
   * @param atWindow runs when the warm-up is over
   * @return what it committed after the warm-up
   */
  Window measure(Job job, PipelineTopics topics, long inputs, Runnable atWindow) throws Exception {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(slots, configuration());
    job.build(environment);
    JobClient client = environment.executeAsync();
    try (CommittedEnd end = new CommittedEnd(topics)) {
      return watch(client, end, inputs, atWindow);
    } finally {
      client.cancel().get(1, TimeUnit.MINUTES);
      awaitEnd(client);
    }
  }

  /** Flink's configuration, also of jobs that take theirs from a pipeline file. */
  Configuration configuration() {
    var configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, work.resolve("checkpoints").toUri().toString());
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, slots);
    return configuration;
  }

  private Window watch(JobClient client, CommittedEnd end, long inputs, Runnable atWindow)
      throws Exception {
    CommitRate rate = new CommitRate(slots, inputs);
    long startNanos = System.nanoTime();
    long lastCheckNanos = startNanos;
    boolean inWindow = false;
    while (true) {
      long now = System.nanoTime();
      rate.look(now, end.offset());
      double seconds = rate.secondsSinceFirst(now);
      if (!inWindow && seconds >= warmUp.toSeconds()) {
        inWindow = true;
        atWindow.run();
      }
      if (seconds >= warmUp.plus(window).toSeconds() || rate.hasEnded()) {
        return rate.window((double) warmUp.toSeconds());
      }
      if (now - lastCheckNanos > NANOS_BETWEEN_CHECKS) {
        lastCheckNanos = now;
        if (client.getJobStatus().get(1, TimeUnit.MINUTES).isTerminalState()) {
          client.getJobExecutionResult().get(1, TimeUnit.MINUTES); // throws the reason
        }
      }
      if (seconds == 0 && now - startNanos > START_LIMIT.toNanos()) {
        throw new IllegalStateException(
            "The job committed nothing within %s.".formatted(START_LIMIT));
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /** The cluster ends with its job; the next run must have the machine to itself. */
  private static void awaitEnd(JobClient client) throws Exception {
    try {
      client.getJobExecutionResult().get(1, TimeUnit.MINUTES);
    } catch (java.util.concurrent.ExecutionException e) {
      // it was cancelled, as it should be
    }
  }
}
