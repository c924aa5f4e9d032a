package dev.streambed.e2e.harness;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A Flink cluster for one job, with one slot per TaskManager, of which some can be lost. */
public final class FaultyCluster implements AutoCloseable {
  private static final int TASK_MANAGERS = 2;

  /** The interval that jobs are told: shorter than their transactions. */
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofMinutes(10);

  /**
   * Checkpoints come when the test says so, or faults would hit by chance. Flink takes the first at
   * a random time within the interval, so that it is far longer than any test. So is the pause
   * between two: after it, Flink 2.3 takes one when all tasks run.
   */
  private static final Duration REAL_CHECKPOINT_INTERVAL = Duration.ofDays(7);

  private static final int RETAINED_CHECKPOINTS = 3;
  private static final long LIMIT_SECONDS = 120;

  private final Path directory;
  private final InMemoryReporter metrics = InMemoryReporter.createWithRetainedMetrics();
  private final MiniCluster cluster;
  private int taskManagers = TASK_MANAGERS; // that run
  private int started = TASK_MANAGERS; // those that have ended included

  private FaultyCluster(Path directory) {
    this.directory = directory;
    var configuration = new Configuration();
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, directory.toString());
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    configuration.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, RETAINED_CHECKPOINTS);
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

  public static FaultyCluster start(Path directory) throws Exception {
    var cluster = new FaultyCluster(directory);
    cluster.cluster.start();
    return cluster;
  }

  public JobID submit(
      Configuration pipeline, BiConsumer<StreamExecutionEnvironment, Configuration> builder)
      throws Exception {
    return submit(pipeline, builder, TASK_MANAGERS);
  }

  public JobID submit(
      Configuration pipeline,
      BiConsumer<StreamExecutionEnvironment, Configuration> builder,
      int parallelism)
      throws Exception {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    environment.setParallelism(parallelism);
    environment.enableCheckpointing(CHECKPOINT_INTERVAL.toMillis());
    builder.accept(environment, pipeline);
    environment.enableCheckpointing(REAL_CHECKPOINT_INTERVAL.toMillis());
    environment
        .getCheckpointConfig()
        .setMinPauseBetweenCheckpoints(REAL_CHECKPOINT_INTERVAL.toMillis());
    return cluster
        .submitJob(environment.getStreamGraph().getJobGraph())
        .get(LIMIT_SECONDS, SECONDS)
        .getJobID();
  }

  /** Takes a checkpoint, and returns when it is complete. */
  public void checkpoint(JobID job) {
    await("checkpoint")
        .atMost(LIMIT_SECONDS, SECONDS)
        .failFast(
            "Job %s has failed for good.".formatted(job), () -> status(job) == JobStatus.FAILED)
        .ignoreExceptions() // as long as the job restarts
        .until(() -> !cluster.triggerCheckpoint(job).get(LIMIT_SECONDS, SECONDS).isEmpty());
  }

  /** Takes a savepoint: what is written is prepared, but not committed before a checkpoint. */
  public String savepoint(JobID job) {
    return await("savepoint")
        .atMost(LIMIT_SECONDS, SECONDS)
        .ignoreExceptions() // as long as the job starts
        .until(
            () ->
                cluster
                    .triggerSavepoint(
                        job, savepoints(), /* cancelJob= */ false, SavepointFormatType.CANONICAL)
                    .get(LIMIT_SECONDS, SECONDS),
            path -> !path.isEmpty());
  }

  /** The last checkpoint of a job that has ended, or an earlier one; 0 for the last. */
  public String retainedCheckpoint(JobID job, int earlier) throws IOException {
    Path checkpoints = directory.resolve("checkpoints").resolve(job.toString());
    try (Stream<Path> files = Files.walk(checkpoints)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(file -> file.getParent())
          .sorted(Comparator.comparingInt(FaultyCluster::checkpointId).reversed())
          .skip(earlier)
          .findFirst()
          .orElseThrow()
          .toUri()
          .toString();
    }
  }

  private static int checkpointId(Path checkpoint) {
    return Integer.parseInt(checkpoint.getFileName().toString().substring("chk-".length()));
  }

  public void cancel(JobID job) throws Exception {
    cluster.cancelJob(job).get(LIMIT_SECONDS, SECONDS);
    cluster.requestJobResult(job).get(LIMIT_SECONDS, SECONDS);
  }

  /** Cancels the jobs that have not ended: a test that fails must not keep the slots. */
  public void cancelAll() throws Exception {
    for (JobStatusMessage job : cluster.listJobs().get(LIMIT_SECONDS, SECONDS)) {
      if (!job.getJobState().isGloballyTerminalState()) {
        cancel(job.getJobId());
      }
    }
  }

  public JobStatus status(JobID job) throws Exception {
    return cluster.getJobStatus(job).get(LIMIT_SECONDS, SECONDS);
  }

  /** The reason of a job that failed for good; waits until it has. */
  public Throwable failure(JobID job) throws Exception {
    await("job %s to fail for good".formatted(job))
        .atMost(LIMIT_SECONDS, SECONDS)
        .untilAsserted(() -> assertThat(status(job)).isEqualTo(JobStatus.FAILED));
    return cluster
        .requestJobResult(job)
        .get(LIMIT_SECONDS, SECONDS)
        .getSerializedThrowable()
        .orElseThrow()
        .deserializeError(FaultyCluster.class.getClassLoader());
  }

  /** Takes away a TaskManager with its half of the job, and adds an empty one. */
  public void replaceTaskManager() throws Exception {
    endTaskManager(started - 1);
    startTaskManager();
  }

  /** Ends all TaskManagers, so that the job is hit wherever it runs, and starts as many. */
  public void replaceAllTaskManagers() throws Exception {
    for (int i = 0; i < started; i++) { // those that have ended stay so
      endTaskManager(i);
    }
    for (int i = 0; i < taskManagers; i++) {
      startTaskManager();
    }
  }

  /** Adds a TaskManager, for jobs of a larger parallelism: each has one slot. */
  public void addTaskManager() throws Exception {
    startTaskManager();
    taskManagers++;
  }

  private void startTaskManager() throws Exception {
    cluster.startTaskManager();
    started++;
  }

  private void endTaskManager(int index) throws Exception {
    cluster.terminateTaskManager(index).get(LIMIT_SECONDS, SECONDS);
  }

  /** The address of the REST interface behind Flink's web UI. */
  public URI webAddress() throws Exception {
    return cluster.getRestAddress().get(LIMIT_SECONDS, SECONDS);
  }

  /** How often the job has restored a checkpoint. */
  public long restores(JobID job) throws Exception {
    CheckpointStatsSnapshot checkpoints =
        cluster.getExecutionGraph(job).get(LIMIT_SECONDS, SECONDS).getCheckpointStatsSnapshot();
    return checkpoints == null ? 0 : checkpoints.getCounts().getNumberOfRestoredCheckpoints();
  }

  /** Texts embedded by all attempts together. */
  public long textsEmbedded() {
    return counted("texts");
  }

  /** Records that all attempts together left out, as nothing of them had changed. */
  public long recordsSkipped() {
    return counted("skipped");
  }

  /** Records of the sink's topic that state was filled from, by all attempts together. */
  public long bootstrapRecords() {
    return counted("bootstrapRecords");
  }

  /** Records that the writers of all attempts together have handed to their producers. */
  public long recordsWritten() {
    return counted("numRecordsSend");
  }

  /** Transactions that no attempt could commit. */
  public long lostTransactions() {
    return counted("failedCommittables");
  }

  /** Records that all attempts together found gone from the source topic before they read them. */
  public long lostRecords() {
    return counted("lostRecords");
  }

  /** Source topics that readers may not read now, as each says of its own. */
  public int deniedTopics() {
    return metrics("deniedTopics", Gauge.class).mapToInt(gauge -> (Integer) gauge.getValue()).sum();
  }

  /** Times that all attempts together could not go on at a position in the source topic. */
  public long lostPositions() {
    return counted("lostPositions");
  }

  /** Sum of the counters of a name over all operators and attempts. */
  private long counted(String counter) {
    return metrics(counter, Counter.class).mapToLong(Counter::getCount).sum();
  }

  private <M extends Metric> Stream<M> metrics(String name, Class<M> type) {
    return metrics.getMetricsByGroup().values().stream()
        .flatMap(group -> Stream.ofNullable(group.get(name)))
        .filter(type::isInstance)
        .map(type::cast);
  }

  /** Ends the job after it has committed all records that it has read. */
  public void drain(JobID job) throws Exception {
    cluster
        .stopWithSavepoint(job, savepoints(), /* terminate= */ true, SavepointFormatType.CANONICAL)
        .get(LIMIT_SECONDS, SECONDS);
  }

  private String savepoints() {
    return directory.resolve("savepoints").toUri().toString();
  }

  @Override
  public void close() {
    cluster.closeAsync().join();
  }
}
