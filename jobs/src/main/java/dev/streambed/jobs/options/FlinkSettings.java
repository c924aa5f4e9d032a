package dev.streambed.jobs.options;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a pipeline file and exactly-once delivery ask of Flink itself. */
public final class FlinkSettings {
  private static final Logger LOG = LoggerFactory.getLogger(FlinkSettings.class);

  /** How long consumers wait for what was written, and what a restart repeats. */
  private static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  private FlinkSettings() {}

  /** Applies Flink's options of the file, and those that exactly-once delivery needs. */
  public static void apply(
      StreamExecutionEnvironment environment, Configuration file, EmbedTopicOptions options) {
    require(file, PipelineOptions.GENERIC_TYPES, false);
    require(file, ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    require(
        file, CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    // Not the job's own options: Flink shows its configuration in its web UI, secrets included.
    var flink = new Configuration();
    file.toMap()
        .forEach(
            (key, value) -> {
              if (!KnownOptions.isOwn(key)) {
                flink.setString(key, value);
              }
            });
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    flink.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    if (!file.contains(PipelineOptions.OBJECT_REUSE)) {
      // All records are immutable: no copies between chained steps (docs/decisions/0055).
      flink.set(PipelineOptions.OBJECT_REUSE, true);
    }
    if (!file.contains(PipelineOptions.NAME)) {
      flink.set(
          PipelineOptions.NAME,
          "streambed: %s -> %s".formatted(options.source().topic(), options.sink().topic()));
    }
    if (!file.contains(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION)
        && environment
            .getConfiguration()
            .getOptional(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION)
            .isEmpty()) {
      // By default Flink deletes the checkpoints of a job that ends, also of one that fails.
      flink.set(
          CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
          ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    }
    environment.configure(flink);
    CheckpointConfig checkpoints = environment.getCheckpointConfig();
    if (!checkpoints.isCheckpointingEnabled()) {
      environment.enableCheckpointing(DEFAULT_CHECKPOINT_INTERVAL.toMillis());
    }
    checkTransactionOutlivesCheckpoints(checkpoints, options.sink());
  }

  private static <T> void require(Configuration file, ConfigOption<T> option, T value) {
    T found = file.getOptional(option).orElse(value);
    if (!found.equals(value)) {
      throw new InvalidPipelineException(
          "Invalid value %s for option %s: must be %s. Remove it."
              .formatted(found, option.key(), value));
    }
  }

  private static void checkTransactionOutlivesCheckpoints(
      CheckpointConfig checkpoints, SinkOptions sink) {
    long intervalMillis = checkpoints.getCheckpointInterval();
    long slowestMillis = intervalMillis + checkpoints.getCheckpointTimeout();
    long transactionMillis = sink.transactionTimeout().toMillis();
    if (transactionMillis <= intervalMillis) {
      throw new InvalidPipelineException(
          "Invalid value %d ms for option %s: must be longer than %s (%d ms), or each transaction ends before its checkpoint."
              .formatted(
                  transactionMillis,
                  JobOptions.SINK_TRANSACTION_TIMEOUT.key(),
                  CheckpointingOptions.CHECKPOINTING_INTERVAL.key(),
                  intervalMillis));
    }
    if (transactionMillis <= slowestMillis) {
      LOG.warn(
          "{} is {} ms. A checkpoint that takes longer than that after an interval of {} ms loses records; {} allows it {} ms.",
          JobOptions.SINK_TRANSACTION_TIMEOUT.key(),
          transactionMillis,
          intervalMillis,
          CheckpointingOptions.CHECKPOINTING_TIMEOUT.key(),
          checkpoints.getCheckpointTimeout());
    }
  }

  /** All options with their values, defaults included; values of secrets are masked. */
  public static Map<String, String> effective(Configuration file) {
    Map<String, String> effective = new TreeMap<>();
    for (ConfigOption<?> option : JobOptions.all()) {
      if (option.hasDefaultValue()) {
        effective.put(option.key(), String.valueOf(option.defaultValue()));
      }
    }
    effective.remove(JobOptions.SOURCE_KAFKA.key());
    effective.remove(JobOptions.SINK_KAFKA.key());
    effective.putAll(file.toMap());
    effective.replaceAll((key, value) -> Secrets.isSecret(key, value) ? Secrets.HIDDEN : value);
    return effective;
  }
}
