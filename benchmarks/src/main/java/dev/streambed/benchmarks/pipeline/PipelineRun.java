package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.pipeline.CommitRate.Window;
import dev.streambed.benchmarks.pipeline.PipelineTopics.CommittedEnd;
import dev.streambed.benchmarks.pipeline.PipelineTopics.CommittedPosition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Runs a job in a Flink of its own in this JVM, with checkpoints, and measures how fast it commits.
 */
@Internal
public final class PipelineRun {
  public static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

  private static final Duration START_LIMIT = Duration.ofMinutes(3);
  private static final int LOOK_MILLIS = 100; // each look costs the broker a request
  private static final long NANOS_BETWEEN_CHECKS = Duration.ofSeconds(2).toNanos();

  private final int slots;
  private final Path work;
  private final Pace pace;

  /**
   * How long a run takes.
   *
   * @param warmUp from the first commit on; not measured
   * @param window measured
   * @param checkpoints from one to the next
   */
  public record Pace(Duration warmUp, Duration window, Duration checkpoints) {}

  /** Adds a job to an environment. */
  public interface Job {
    void build(StreamExecutionEnvironment environment) throws Exception;
  }

  /** Told when the measured part of a run begins and ends. */
  public interface Watcher {
    /** Runs when the warm-up is over. */
    void windowBegins();

    /** Runs when the window is over, while the job still runs. */
    default void windowEnds() {}
  }

  /** How far a job has committed. */
  private interface Offset {
    long now() throws Exception;
  }

  /**
   * @param slots one for each core
   * @param work folder for checkpoints
   */
  public PipelineRun(int slots, Path work, Pace pace) {
    this.slots = slots;
    this.work = work;
    this.pace = pace;
  }

  /**
   * Measures what a job writes.
   *
   * @param inputs records of its input; a job that comes to their end is measured up to there
   * @return what it committed after the warm-up
   */
  public Window measure(Job job, PipelineTopics topics, long inputs, Watcher watcher)
      throws Exception {
    try (CommittedEnd end = new CommittedEnd(topics)) {
      return measure(job, end::offset, new CommitRate(slots, inputs), watcher);
    }
  }

  /**
   * Measures what a job reads, however little it writes.
   *
   * @param inputs records of its input; a job that comes to their end is measured up to there
   * @return the records whose positions it committed after the warm-up
   */
  public Window measureReading(Job job, PipelineTopics topics, long inputs) throws Exception {
    try (CommittedPosition position = new CommittedPosition(topics)) {
      return measure(job, position::offset, new CommitRate(/* writers= */ 0, inputs), () -> {});
    }
  }

  private Window measure(Job job, Offset offset, CommitRate rate, Watcher watcher)
      throws Exception {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createLocalEnvironment(slots, configuration());
    job.build(environment);
    JobClient client = environment.executeAsync();
    try {
      return watch(client, offset, rate, watcher);
    } finally {
      client.cancel().get(1, TimeUnit.MINUTES);
      awaitEnd(client);
    }
  }

  /** Flink's configuration, also of jobs that take theirs from a pipeline file. */
  public Configuration configuration() {
    var configuration = new Configuration();
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, pace.checkpoints);
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY, work.resolve("checkpoints").toUri().toString());
    configuration.set(CoreOptions.DEFAULT_PARALLELISM, slots);
    return configuration;
  }

  private Window watch(JobClient client, Offset offset, CommitRate rate, Watcher watcher)
      throws Exception {
    long startNanos = System.nanoTime();
    long lastCheckNanos = startNanos;
    boolean inWindow = false;
    while (true) {
      long now = System.nanoTime();
      rate.look(now, offset.now());
      double seconds = rate.secondsSinceFirst(now);
      if (!inWindow && seconds >= pace.warmUp.toSeconds()) {
        inWindow = true;
        watcher.windowBegins();
      }
      if (seconds >= pace.warmUp.plus(pace.window).toSeconds() || rate.hasEnded()) {
        watcher.windowEnds();
        return rate.window((double) pace.warmUp.toSeconds());
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
