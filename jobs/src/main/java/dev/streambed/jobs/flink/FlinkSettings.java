package dev.streambed.jobs.flink;

import dev.streambed.embedder.Requirements;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.KnownOptions;
import dev.streambed.jobs.options.Secrets;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.flink.FlinkOptions;
import dev.streambed.jobs.options.flink.OptionType;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Applies to Flink what the pipeline file and exactly-once delivery need. */
@Internal
public final class FlinkSettings {
  private static final Logger LOG = LoggerFactory.getLogger(FlinkSettings.class);

  /** The longest wait of consumers for a record, and the most that a restart repeats. */
  private static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  private FlinkSettings() {}

  /**
   * Applies Flink's options of the file, and those that exactly-once delivery needs.
   *
   * @throws InvalidPipelineException if file and cluster together break what delivery needs
   */
  public static void apply(
      StreamExecutionEnvironment environment, Configuration file, EmbedTopicOptions options) {
    refuseGenericTypes(file);
    Configuration flink = ofFlink(file);
    if (!file.contains(PipelineOptions.OBJECT_REUSE)) {
      // All records are immutable: no copies between chained steps (docs/decisions/0055).
      flink.set(PipelineOptions.OBJECT_REUSE, true);
    }
    if (!file.contains(PipelineOptions.NAME)) {
      flink.set(
          PipelineOptions.NAME,
          "streambed: %s -> %s".formatted(options.source().topics(), options.sink().topic()));
    }
    ReadableConfig cluster = environment.getConfiguration();
    if (!file.contains(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION)
        && cluster.getOptional(CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION).isEmpty()) {
      // By default Flink deletes the checkpoints of a job that ends, also of one that fails.
      flink.set(
          CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
          ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    }
    Configuration effective = Configuration.fromMap(cluster.toMap());
    effective.addAll(flink);
    FlinkPromises.check(file, effective);
    FlinkPromises.enforce(flink);
    configure(environment, flink);
    FlinkWarnings.of(environment.getConfiguration()).forEach(LOG::warn);
    checkTransactionOutlivesCheckpoints(environment.getCheckpointConfig(), options.sink());
  }

  /**
   * The options of the file that a job gives to Flink: not its own, and no secrets. Secrets are for
   * the processes of a cluster, and Flink keeps a job's options in its job graph.
   */
  private static Configuration ofFlink(Configuration file) {
    var flink = new Configuration();
    file.toMap()
        .forEach(
            (key, value) -> {
              if (!KnownOptions.isOwn(key) && !Secrets.isSecret(key, value)) {
                flink.setString(key, value);
                // An older name in the file goes before a newer one in the cluster's configuration.
                for (ConfigOption<?> option : FlinkOptions.renamedFrom(key)) {
                  flink.setString(option.key(), value);
                }
              }
            });
    return flink;
  }

  private static void configure(StreamExecutionEnvironment environment, Configuration flink) {
    try {
      environment.configure(flink);
    } catch (IllegalArgumentException e) {
      throw refusedByFlink(flink, e);
    }
    if (!environment.getCheckpointConfig().isCheckpointingEnabled()) {
      environment.enableCheckpointing(DEFAULT_CHECKPOINT_INTERVAL.toMillis());
    }
  }

  /** Flink says what is wrong, but not with which option: tries each alone. */
  private static InvalidPipelineException refusedByFlink(
      Configuration flink, IllegalArgumentException failure) {
    for (Map.Entry<String, String> option : new TreeMap<>(flink.toMap()).entrySet()) {
      try {
        StreamExecutionEnvironment.getExecutionEnvironment(new Configuration())
            .configure(Configuration.fromMap(Map.of(option.getKey(), option.getValue())));
      } catch (IllegalArgumentException e) {
        return new InvalidPipelineException(
            "Flink does not take '%s' for option %s: %s"
                .formatted(option.getValue(), option.getKey(), e.getMessage()),
            e,
            option.getKey());
      }
    }
    return new InvalidPipelineException(
        "Flink does not take one of its options: " + failure.getMessage(), failure);
  }

  private static void refuseGenericTypes(Configuration file) {
    if (file.getOptional(PipelineOptions.GENERIC_TYPES).orElse(false)) {
      throw new InvalidPipelineException(
          "Invalid value true for option %s: must be false. Remove it."
              .formatted(PipelineOptions.GENERIC_TYPES.key()),
          /* cause= */ null,
          PipelineOptions.GENERIC_TYPES.key());
    }
  }

  private static void checkTransactionOutlivesCheckpoints(
      CheckpointConfig checkpoints, SinkOptions sink) {
    // If the pause is longer than the interval, checkpoints are that far apart.
    long intervalMillis =
        Math.max(checkpoints.getCheckpointInterval(), checkpoints.getMinPauseBetweenCheckpoints());
    long slowestMillis = intervalMillis + checkpoints.getCheckpointTimeout();
    long transactionMillis = sink.transactionTimeout().toMillis();
    if (transactionMillis <= intervalMillis) {
      throw new InvalidPipelineException(
          "Invalid value %s for option %s: must be longer than %s (%s), or each transaction ends before its checkpoint."
              .formatted(
                  Requirements.written(sink.transactionTimeout()),
                  JobOptions.SINK_TRANSACTION_TIMEOUT.key(),
                  intervalMillis == checkpoints.getCheckpointInterval()
                      ? CheckpointingOptions.CHECKPOINTING_INTERVAL.key()
                      : CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS.key(),
                  Requirements.written(Duration.ofMillis(intervalMillis))));
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
        Object value = option.defaultValue();
        effective.put(
            option.key(),
            value instanceof Duration ? OptionType.written(value) : String.valueOf(value));
      }
    }
    effective.remove(JobOptions.SOURCE_KAFKA.key());
    effective.remove(JobOptions.SINK_KAFKA.key());
    effective.putAll(file.toMap());
    effective.replaceAll((key, value) -> Secrets.isSecret(key, value) ? Secrets.HIDDEN : value);
    return effective;
  }
}
