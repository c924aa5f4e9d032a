package dev.streambed.cli.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.broker.TemporaryDirectory;
import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.taskmanager.Task;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A Flink cluster in this JVM with a slot per core and the web UI, for one job. Writes only into a
 * temporary directory, and leaves nothing behind whenever the process ends. Safe for use by several
 * threads.
 */
@Internal
public final class LocalCluster implements AutoCloseable {
  /** The time between two commits of the job. */
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(1);

  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(30);

  /** Short: if Kafka is gone first, tasks wait for it longer than a person should. */
  private static final Duration CLOSE_AT_EXIT_LIMIT = Duration.ofSeconds(3);

  /**
   * Flink tells, with a stack, of each task and each message that the end of a cluster cuts off.
   * Held, as Log4j forgets the level of a logger that nobody holds; and had from the start, as in a
   * shutdown hook Log4j may be gone already.
   */
  private static final Map<Logger, Level> LIMITS_AT_THE_END =
      Map.of(
          LogManager.getLogger(Task.class.getName()),
          Level.ERROR,
          LogManager.getLogger("org.apache.flink.runtime.rpc.pekko.FencedPekkoRpcActor"),
          Level.OFF);

  private final TemporaryDirectory directory;
  private final EmbeddingCounts counts;
  private final int slots;
  private final MiniCluster cluster;
  private final Thread closeAtExit;

  @GuardedBy("this")
  private @Nullable JobID job;

  @GuardedBy("this")
  private boolean closed;

  private LocalCluster(Configuration options) {
    this.directory = new TemporaryDirectory("streambed-flink-");
    this.slots =
        options
            .getOptional(CoreOptions.DEFAULT_PARALLELISM)
            .orElse(Runtime.getRuntime().availableProcessors());
    Configuration configuration = configuration(options, directory);
    this.counts = EmbeddingCountsReporter.addTo(configuration);
    this.cluster =
        new MaskingMiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    this.closeAtExit = new Thread(this::closeAtExit, "close-local-cluster");
  }

  /**
   * Starts a cluster.
   *
   * @param options Flink's options; others are ignored. Directories for temporary files are not
   *     theirs to choose
   */
  public static LocalCluster start(Configuration options) throws Exception {
    LocalOptions.check(options);
    var cluster = new LocalCluster(options);
    Runtime.getRuntime().addShutdownHook(cluster.closeAtExit);
    try {
      cluster.start();
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  /**
   * Refuses options that would have no effect in such a cluster. Writes nothing.
   *
   * @throws CommandFailedException naming the option
   */
  public static void check(Configuration options) {
    LocalOptions.checkEffect(options);
  }

  /** An environment as {@link #submit} hands it to the builder of a job. */
  public static StreamExecutionEnvironment environment(int slots) {
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    environment.setParallelism(slots);
    environment.enableCheckpointing(CHECKPOINT_INTERVAL.toMillis());
    return environment;
  }

  private static Configuration configuration(Configuration options, TemporaryDirectory directory) {
    var configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        FlinkFolder.name(directory.path().resolve("checkpoints")));
    // The web UI shows none of the job's own options, which may hold secrets.
    options.toMap().entrySet().stream()
        .filter(option -> !option.getKey().startsWith("streambed."))
        .forEach(option -> configuration.setString(option.getKey(), option.getValue()));
    configuration.set(CoreOptions.TMP_DIRS, FlinkFolder.temporary(directory.path()));
    configuration.set(WebOptions.TMP_DIR, directory.path().toString());
    configuration.set(WebOptions.UPLOAD_DIR, directory.path().toString());
    configuration.set(RestOptions.BIND_PORT, LocalOptions.port(options));
    return configuration;
  }

  private synchronized void start() throws Exception {
    checkNotClosed();
    directory.create();
    FlinkFolder.requireWritable(directory.path(), "temporary files");
    try {
      cluster.start();
    } catch (Exception e) {
      throw new CommandFailedException(
          "Cannot start Flink on this machine: %s. Its temporary files go to %s (%s)."
              .formatted(
                  JobFailure.describe(e),
                  directory.path(),
                  FlinkFolder.freeSpace(directory.path())),
          e);
    }
  }

  /** Address of the web UI. */
  public URI webAddress() throws Exception {
    return cluster.getRestAddress().get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  public int slots() {
    return slots;
  }

  /** Counts of the embedding operators so far. */
  public EmbeddingCounts.Reading counts() {
    return counts.read();
  }

  /** Counts of dead letters so far. */
  public DeadLetterCounts deadLetters() {
    return counts.deadLetters();
  }

  /** Submits the job that the builder adds to an environment of this cluster's parallelism. */
  public void submit(
      Configuration pipeline, BiConsumer<StreamExecutionEnvironment, Configuration> builder)
      throws Exception {
    checkNotClosed();
    StreamExecutionEnvironment environment = environment(slots);
    builder.accept(environment, pipeline); // may wait for Kafka, so without the lock
    JobID submitted =
        cluster
            .submitJob(environment.getStreamGraph().getJobGraph())
            .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS)
            .getJobID();
    synchronized (this) {
      job = submitted;
    }
  }

  public JobStatus jobStatus() throws Exception {
    return cluster.getJobStatus(job()).get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** The last reason for which the job failed or restarted; "none" if it never did. */
  public String lastJobFailure() throws Exception {
    ErrorInfo error =
        cluster
            .getExecutionGraph(job())
            .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS)
            .getFailureInfo();
    return error == null
        ? "none"
        : JobFailure.describe(
            error.getException().deserializeError(LocalCluster.class.getClassLoader()));
  }

  /** Ends the job after it has finished and committed all that it has read. */
  public void drainJob() throws Exception {
    cluster
        .stopWithSavepoint(
            job(),
            FlinkFolder.name(directory.path().resolve("savepoints")),
            /* terminate= */ true,
            SavepointFormatType.CANONICAL)
        .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  private void closeAtExit() {
    try {
      close(CLOSE_AT_EXIT_LIMIT);
    } catch (IllegalStateException e) {
      // Anything that still runs ends with this process.
    }
  }

  /** Ends the job, if it still runs, and the cluster. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeAtExit);
    } catch (IllegalStateException e) {
      // The process is ending: the hook does the same.
    }
    close(CLOSE_LIMIT);
  }

  private synchronized void close(Duration limit) {
    closed = true;
    LIMITS_AT_THE_END.forEach(LocalCluster::limit);
    try (directory) {
      cluster.closeAsync().get(limit.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("The local Flink cluster did not end in good order.", e);
    }
  }

  private static void limit(Logger logger, Level level) {
    if (logger instanceof org.apache.logging.log4j.core.Logger configurable) {
      configurable.setLevel(level);
    }
  }

  private synchronized JobID job() {
    if (job == null) {
      throw new IllegalStateException("No job was submitted.");
    }
    return job;
  }

  private synchronized void checkNotClosed() throws IOException {
    if (closed) {
      throw new IOException("The local Flink cluster is closed.");
    }
  }
}
