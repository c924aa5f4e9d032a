package dev.streambed.e2e;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster for one job, with one slot per TaskManager, of which some can be lost. */
final class FaultyCluster implements AutoCloseable {
  private static final int TASK_MANAGERS = 2;

  /**
   * Longer than any test: checkpoints come when the test says so, or faults would hit by chance.
   */
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofMinutes(10);

  private static final long LIMIT_SECONDS = 120;

  private final Path directory;
  private final InMemoryReporter metrics = InMemoryReporter.createWithRetainedMetrics();
  private final MiniCluster cluster;
  private int taskManagers = TASK_MANAGERS;

  private FaultyCluster(Path directory) {
    this.directory = directory;
    var configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, directory.toString());
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(200));
    metrics.addToConfiguration(configuration);
    this.cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(TASK_MANAGERS)
                .setNumSlotsPerTaskManager(1)
                .build());
  }

  static FaultyCluster start(Path directory) throws Exception {
    var cluster = new FaultyCluster(directory);
    cluster.cluster.start();
    return cluster;
  }

  JobID submit(
      Configuration pipeline, BiConsumer<StreamExecutionEnvironment, Configuration> builder)
      throws Exception {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    environment.setParallelism(TASK_MANAGERS);
    environment.enableCheckpointing(CHECKPOINT_INTERVAL.toMillis());
    builder.accept(environment, pipeline);
    return cluster
        .submitJob(environment.getStreamGraph().getJobGraph())
        .get(LIMIT_SECONDS, SECONDS)
        .getJobID();
  }

  /** Takes a checkpoint, and returns when it is complete. */
  void checkpoint(JobID job) {
    await("checkpoint")
        .atMost(LIMIT_SECONDS, SECONDS)
        .ignoreExceptions() // as long as the job restarts
        .until(() -> !cluster.triggerCheckpoint(job).get(LIMIT_SECONDS, SECONDS).isEmpty());
  }

  /** Takes away a TaskManager with its half of the job, and adds an empty one. */
  void replaceTaskManager() throws Exception {
    cluster.terminateTaskManager(taskManagers - 1).get(LIMIT_SECONDS, SECONDS);
    cluster.startTaskManager();
    taskManagers++;
  }

  /** How often the job has restored a checkpoint. */
  long restores(JobID job) throws Exception {
    CheckpointStatsSnapshot checkpoints =
        cluster.getExecutionGraph(job).get(LIMIT_SECONDS, SECONDS).getCheckpointStatsSnapshot();
    return checkpoints == null ? 0 : checkpoints.getCounts().getNumberOfRestoredCheckpoints();
  }

  /** Texts embedded by all attempts together. */
  long textsEmbedded() {
    long sum = 0;
    for (Map.Entry<MetricGroup, Map<String, Metric>> group :
        metrics.getMetricsByGroup().entrySet()) {
      String[] scope = group.getKey().getScopeComponents();
      if (scope[scope.length - 1].equals("embedding")
          && group.getValue().get("texts") instanceof Counter texts) {
        sum += texts.getCount();
      }
    }
    return sum;
  }

  /** Ends the job after it has committed all that it has read. */
  void drain(JobID job) throws Exception {
    cluster
        .stopWithSavepoint(
            job,
            directory.resolve("savepoints").toUri().toString(),
            /* terminate= */ true,
            SavepointFormatType.CANONICAL)
        .get(LIMIT_SECONDS, SECONDS);
  }

  @Override
  public void close() {
    cluster.closeAsync().join();
  }
}
