package dev.streambed.jobs.flink;

import dev.streambed.jobs.options.KnownOptions;
import dev.streambed.jobs.options.flink.FlinkOptions;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.RestartStrategyOptions.RestartStrategyType;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.jspecify.annotations.Nullable;

/**
 * Warns of options of Flink that keep the promises, but make a job need a person sooner
 * (docs/decisions/0088).
 */
@Internal
public final class FlinkWarnings {
  private static final String IN_MEMORY = "jobmanager";

  private FlinkWarnings() {}

  /** Sentences for the log; {@code effective} has passed {@link FlinkPromises}. */
  public static List<String> of(ReadableConfig effective) {
    return Stream.of(
            unclaimedState(effective),
            endOfRestarts(effective),
            retention(effective),
            sharedDirectory(effective))
        .filter(Objects::nonNull)
        .toList();
  }

  /**
   * Sentences for the log, where the job is started on a cluster.
   *
   * @param cluster the configuration of the cluster, as far as it is known where the job is started
   */
  public static List<String> onCluster(Configuration file, ReadableConfig cluster) {
    Configuration effective = Configuration.fromMap(cluster.toMap());
    effective.addAll(file);
    return Stream.of(withoutEffect(file, cluster.toMap()), storage(effective))
        .filter(Objects::nonNull)
        .toList();
  }

  private static @Nullable String withoutEffect(Configuration file, Map<String, String> cluster) {
    List<String> keys =
        new TreeMap<>(file.toMap())
            .entrySet().stream()
                .filter(option -> !option.getValue().equals(cluster.get(option.getKey())))
                .map(Map.Entry::getKey)
                .filter(key -> !KnownOptions.isOwn(key) && !FlinkOptions.isOfJobs(key))
                .toList();
    return keys.isEmpty()
        ? null
        : "Options %s of the pipeline file are for the processes of a cluster, which run already: they have no effect. Put them into its config.yaml."
            .formatted(keys);
  }

  private static @Nullable String unclaimedState(ReadableConfig effective) {
    ConfigOption<Boolean> option = StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE;
    return effective.get(option)
        ? option.key() + " is true: a restore drops state, and records in it, that no step claims."
        : null;
  }

  private static @Nullable String endOfRestarts(ReadableConfig effective) {
    String name = effective.getOptional(RestartStrategyOptions.RESTART_STRATEGY).orElse(null);
    if (name == null) {
      return null;
    }
    String end = endOfRestarts(RestartStrategyType.of(name.toLowerCase(Locale.ROOT)), effective);
    return end == null
        ? null
        : "%s is %s: %s. Nothing is lost, but a person has to start it again, from its last checkpoint."
            .formatted(RestartStrategyOptions.RESTART_STRATEGY.key(), name, end);
  }

  private static @Nullable String endOfRestarts(
      RestartStrategyType type, ReadableConfig effective) {
    return switch (type) {
      case NO_RESTART_STRATEGY -> "the first failure ends the job";
      case FIXED_DELAY ->
          attempts(effective.get(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS));
      case FAILURE_RATE ->
          "more than %d failures within %d s end the job"
              .formatted(
                  effective.get(
                      RestartStrategyOptions
                          .RESTART_STRATEGY_FAILURE_RATE_MAX_FAILURES_PER_INTERVAL),
                  effective
                      .get(
                          RestartStrategyOptions
                              .RESTART_STRATEGY_FAILURE_RATE_FAILURE_RATE_INTERVAL)
                      .toSeconds());
      case EXPONENTIAL_DELAY ->
          attempts(
              effective.get(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS));
    };
  }

  private static @Nullable String attempts(int attempts) {
    return attempts == Integer.MAX_VALUE
        ? null
        : "the job ends after %d restarts".formatted(attempts);
  }

  private static @Nullable String retention(ReadableConfig effective) {
    ConfigOption<ExternalizedCheckpointRetention> option =
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION;
    return effective.get(option) == ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION
        ? null
        : "%s is %s: the checkpoint goes when the job is cancelled, and a job that starts without one loses and repeats records."
            .formatted(option.key(), effective.get(option));
  }

  private static @Nullable String storage(ReadableConfig effective) {
    boolean hasDirectory =
        effective.getOptional(CheckpointingOptions.CHECKPOINTS_DIRECTORY).isPresent();
    boolean isInMemory =
        effective
            .getOptional(CheckpointingOptions.CHECKPOINT_STORAGE)
            .map(IN_MEMORY::equals)
            .orElse(!hasDirectory);
    return isInMemory
        ? "Checkpoints are in the JobManager's memory, at most 5 MB, and end with it, unless its own config.yaml has %s. Set that to a directory which all machines see."
            .formatted(CheckpointingOptions.CHECKPOINTS_DIRECTORY.key())
        : null;
  }

  private static @Nullable String sharedDirectory(ReadableConfig effective) {
    ConfigOption<Boolean> option = CheckpointingOptions.CREATE_CHECKPOINT_SUB_DIR;
    return effective.get(option)
        ? null
        : option.key() + " is false: another job with this directory overwrites the checkpoints.";
  }
}
