package dev.streambed.jobs.flink;

import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.flink.FlinkOptions;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.RestartStrategyOptions.RestartStrategyType;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointingMode;

/**
 * Refuses options of Flink that would break what Streambed promises, wherever they were set
 * (docs/decisions/0088; the table in docs/operations.md).
 */
final class FlinkPromises {

  private static final List<Rule<?>> REFUSED =
      List.of(
          must(
              ExecutionOptions.RUNTIME_MODE,
              RuntimeExecutionMode.STREAMING,
              "nothing is committed: a batch has no checkpoints"),
          must(
              CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
              CheckpointingMode.EXACTLY_ONCE,
              "records are delivered twice after a failure"),
          must(
              CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH,
              true,
              "a job whose source ends never commits its last records"),
          must(
              StateRecoveryOptions.APPROXIMATE_LOCAL_RECOVERY,
              false,
              "a task that fails loses the records it had in flight"),
          must(
              StateRecoveryOptions.CHECKPOINT_ID_OF_IGNORED_IN_FLIGHT_DATA,
              StateRecoveryOptions.CHECKPOINT_ID_OF_IGNORED_IN_FLIGHT_DATA.defaultValue(),
              "a restore loses the records that were in flight"),
          must(PipelineOptions.FORCE_KRYO, false, "no older checkpoint can be restored"),
          must(PipelineOptions.FORCE_AVRO, false, "no older checkpoint can be restored"),
          must(PipelineOptions.FORCE_KRYO_AVRO, false, "no older checkpoint can be restored"),
          new Rule<>(
              PipelineOptions.SERIALIZATION_CONFIG,
              List::isEmpty,
              "empty",
              "no older checkpoint can be restored"),
          directory(CheckpointingOptions.CHECKPOINTS_DIRECTORY),
          directory(CheckpointingOptions.SAVEPOINT_DIRECTORY),
          new Rule<>(
              RestartStrategyOptions.RESTART_STRATEGY,
              FlinkPromises::isRestartStrategy,
              "exponential-delay, fixed-delay, failure-rate or none",
              "the JobManager refuses the job"));

  /**
   * Refused in a pipeline file, where it stays; on a command line, somebody asks for it once and
   * knows why.
   */
  private static final Rule<Boolean> REFUSED_IN_FILE =
      must(
          StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE,
          false,
          "each restore drops, without a word, state that no step of the job claims; for one start use flink run --allowNonRestoredState");

  private FlinkPromises() {}

  /**
   * The value that an option must have, and why.
   *
   * @param expected for the message
   * @param otherwise what happens if it is not
   */
  private record Rule<T>(
      ConfigOption<T> option, Predicate<T> holds, String expected, String otherwise) {

    void check(Configuration file, ReadableConfig effective) {
      T found = effective.getOptional(option).orElse(null);
      if (found == null || holds.test(found)) {
        return;
      }
      boolean isInFile = file.getOptional(option).isPresent();
      throw new InvalidPipelineException(
          "Invalid value %s for option %s%s: must be %s, or %s. %s"
              .formatted(
                  found,
                  isInFile ? keyIn(file) : option.key(),
                  isInFile ? "" : " in the configuration of the cluster (config.yaml or -D)",
                  expected,
                  otherwise,
                  isInFile
                      ? "Correct or remove it."
                      : "Correct it there, or overrule it in the pipeline file."),
          /* cause= */ null,
          isInFile ? keyIn(file) : null);
    }

    /** The option's key or, if that is what the file has, an older name of it. */
    private String keyIn(Configuration file) {
      return FlinkOptions.olderKeys(option).stream()
          .filter(file::containsKey)
          .findFirst()
          .orElse(option.key());
    }
  }

  private static <T> Rule<T> must(ConfigOption<T> option, T value, String otherwise) {
    return new Rule<>(option, value::equals, String.valueOf(value), otherwise);
  }

  private static Rule<String> directory(ConfigOption<String> option) {
    return new Rule<>(
        option,
        path -> path.matches("[A-Za-z][A-Za-z0-9+.-]*:/.*[^/].*"),
        "a URI with its scheme, such as file:///var/lib/streambed/checkpoints",
        "Flink refuses it when the job starts");
  }

  private static boolean isRestartStrategy(String name) {
    for (RestartStrategyType type : RestartStrategyType.values()) {
      if (type.getAllAvailableValues().contains(name.toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Refuses options that break a promise.
   *
   * @param effective the cluster's configuration with the file's on top
   */
  static void check(Configuration file, ReadableConfig effective) {
    for (Rule<?> rule : REFUSED) {
      rule.check(file, effective);
    }
    REFUSED_IN_FILE.check(file, file);
  }

  /** Makes a job keep the promises, whatever the configuration files of the cluster say. */
  static void enforce(Configuration flink) {
    flink.set(PipelineOptions.GENERIC_TYPES, false);
    flink.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    flink.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    flink.set(CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH, true);
  }
}
