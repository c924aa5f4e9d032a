package dev.streambed.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/**
 * A Flink cluster in this JVM, with its web UI, for one job. Writes nothing outside its directory.
 * Safe for use by several threads.
 */
final class LocalCluster implements AutoCloseable {
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(60);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(15);

  private final MiniCluster cluster;
  private final Path directory;
  private final EmbeddingCounts counts;

  private LocalCluster(MiniCluster cluster, Path directory, EmbeddingCounts counts) {
    this.cluster = cluster;
    this.directory = directory;
    this.counts = counts;
  }

  /** A cluster that is not started yet, so that whoever closes it knows it before. */
  static LocalCluster create(int slots, Path directory) {
    var configuration = new Configuration();
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_PORT, "0");
    configuration.set(CoreOptions.TMP_DIRS, directory.toString());
    configuration.set(
        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
        directory.resolve("checkpoints").toUri().toString());
    EmbeddingCounts counts = EmbeddingCountsReporter.addTo(configuration);
    var cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    return new LocalCluster(cluster, directory, counts);
  }

  void start() throws Exception {
    cluster.start();
  }

  /** Address of the web UI. */
  URI webAddress() throws Exception {
    return cluster.getRestAddress().get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  EmbeddingCounts counts() {
    return counts;
  }

  JobID submit(StreamExecutionEnvironment environment) throws Exception {
    return cluster
        .submitJob(environment.getStreamGraph().getJobGraph())
        .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS)
        .getJobID();
  }

  JobStatus status(JobID job) throws Exception {
    return cluster.getJobStatus(job).get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** The last reason for which the job failed or restarted. */
  Optional<Throwable> lastFailure(JobID job) throws Exception {
    @Nullable ErrorInfo error =
        cluster
            .getExecutionGraph(job)
            .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS)
            .getFailureInfo();
    return Optional.ofNullable(error)
        .map(info -> info.getException().deserializeError(LocalCluster.class.getClassLoader()))
        .map(LocalCluster::withoutEnvelope);
  }

  /** Lets the job finish the records it has read, commit its output and end. */
  void drain(JobID job) throws Exception {
    cluster
        .stopWithSavepoint(
            job,
            directory.resolve("savepoints").toUri().toString(),
            /* terminate= */ true,
            SavepointFormatType.CANONICAL)
        .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** Ends the job, if it runs, and the cluster. */
  @Override
  public void close() {
    try {
      cluster.closeAsync().get(CLOSE_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("The local Flink cluster did not close in good order.", e);
    }
  }

  private static Throwable withoutEnvelope(Throwable throwable) {
    Throwable result = throwable;
    while (result instanceof SerializedThrowable && result.getCause() != null) {
      result = result.getCause();
    }
    return result;
  }
}
