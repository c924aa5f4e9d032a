package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.jobs.flink.FlinkSettings;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.Options;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbedTopicJobTest {
  @Test
  void setsWhatExactlyOnceDeliveryNeeds() {
    StreamExecutionEnvironment environment = configured(Options.with());

    assertThat(environment.getCheckpointConfig().getCheckpointInterval()).isEqualTo(10_000);
    assertThat(environment.getCheckpointConfig().getCheckpointingConsistencyMode())
        .isEqualTo(CheckpointingMode.EXACTLY_ONCE);
    assertThat(environment.getConfiguration().get(PipelineOptions.GENERIC_TYPES)).isFalse();
    assertThat(environment.getConfiguration().get(ExecutionOptions.RUNTIME_MODE))
        .isEqualTo(RuntimeExecutionMode.STREAMING);
    assertThat(environment.getConfiguration().get(PipelineOptions.NAME))
        .isEqualTo("streambed: texts -> embeddings");
  }

  @Test
  void copiesNoRecordsBetweenSteps() {
    assertThat(configured(Options.with()).getConfig().isObjectReuseEnabled()).isTrue();
  }

  @Test
  void takesFlinksOptionsOfTheFile() {
    StreamExecutionEnvironment environment =
        configured(
            Options.with(
                "execution.checkpointing.interval", "500 ms",
                "parallelism.default", "3",
                "pipeline.object-reuse", "false",
                "pipeline.name", "mine"));

    assertThat(environment.getCheckpointConfig().getCheckpointInterval()).isEqualTo(500);
    assertThat(environment.getParallelism()).isEqualTo(3);
    assertThat(environment.getConfig().isObjectReuseEnabled()).isFalse();
    assertThat(environment.getConfiguration().get(PipelineOptions.NAME)).isEqualTo("mine");
  }

  @Test
  void keepsItsOwnOptionsOutOfFlinksConfiguration() {
    StreamExecutionEnvironment environment =
        configured(Options.with("streambed.sink.kafka.ssl.key.password", "${env:HUNTER2}"));

    assertThat(environment.getConfiguration().toString())
        .doesNotContain("streambed.")
        .doesNotContain("HUNTER2");
  }

  @Test
  void keepsTheCheckpointsOfAJobThatFailedForGood() {
    StreamExecutionEnvironment environment = configured(Options.with());

    assertThat(environment.getCheckpointConfig().getExternalizedCheckpointRetention())
        .isEqualTo(ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
  }

  @Test
  void leavesTheRetentionOfCheckpointsToFileAndCluster() {
    String key = "execution.checkpointing.externalized-checkpoint-retention";
    String value = "DELETE_ON_CANCELLATION";
    var ofCluster = new StreamExecutionEnvironment(Configuration.fromMap(Map.of(key, value)));
    FlinkSettings.apply(ofCluster, Options.with(), EmbedTopicOptions.from(Options.with()));

    for (var environment : List.of(ofCluster, configured(Options.with(key, value)))) {
      assertThat(environment.getCheckpointConfig().getExternalizedCheckpointRetention())
          .isEqualTo(ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "execution.runtime-mode, BATCH, STREAMING",
    "execution.checkpointing.mode, AT_LEAST_ONCE, EXACTLY_ONCE",
    "execution.checkpointing.checkpoints-after-tasks-finish, false, true",
    "execution.checkpointing.checkpoints-after-tasks-finish.enabled, false, true",
    "execution.state-recovery.approximate-local-recovery, true, false",
    "execution.checkpointing.approximate-local-recovery, true, false",
    "execution.state-recovery.without-channel-state.checkpoint-id, 3, -1",
    "execution.checkpointing.recover-without-channel-state.checkpoint-id, 3, -1",
    "pipeline.force-kryo, true, false",
    "pipeline.force-avro, true, false",
    "pipeline.force-kryo-avro, true, false",
    "execution.checkpointing.dir, /var/checkpoints, a URI with its scheme",
    "state.checkpoints.dir, checkpoints, a URI with its scheme",
    "execution.checkpointing.savepoint-dir, file:///, a URI with its scheme",
    "restart-strategy.type, sometimes, 'exponential-delay, fixed-delay, failure-rate or none'",
    "restart-strategy, sometimes, 'exponential-delay, fixed-delay, failure-rate or none'",
  })
  void refusesWhatWouldWeakenDeliveryInFileAndCluster(String key, String value, String required) {
    assertThatThrownBy(() -> configured(Options.with(key, value)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Invalid value %s for option %s: must be %s", value, key, required)
        .hasMessageContaining(", or ")
        .hasMessageEndingWith(" Correct or remove it.");
    assertThatThrownBy(
            () ->
                FlinkSettings.apply(
                    new StreamExecutionEnvironment(Configuration.fromMap(Map.of(key, value))),
                    Options.with(),
                    EmbedTopicOptions.from(Options.with())))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Invalid value %s for option ", value)
        .hasMessageContaining(
            " in the configuration of the cluster (config.yaml or -D): must be " + required)
        .hasMessageEndingWith(" Correct it there, or overrule it in the pipeline file.");
  }

  @ParameterizedTest
  @CsvSource({
    "execution.state-recovery.ignore-unclaimed-state, true",
    "execution.savepoint.ignore-unclaimed-state, true",
    "pipeline.generic-types, true",
  })
  void refusesInTheFileWhatIsForOneStartOrNotForAJob(String key, String value) {
    assertThatThrownBy(() -> configured(Options.with(key, value)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Invalid value true for option %s: must be false", key);
  }

  @Test
  void overrulesTheClusterByTheFileInEitherSpelling() {
    String newer = "execution.checkpointing.checkpoints-after-tasks-finish";
    var cluster = Map.of(newer, "false", "execution.checkpointing.unaligned.enabled", "true");
    var environment = new StreamExecutionEnvironment(Configuration.fromMap(cluster));
    Configuration file =
        Options.with(newer + ".enabled", "true", "execution.checkpointing.unaligned", "false");

    FlinkSettings.apply(environment, file, EmbedTopicOptions.from(file));

    ReadableConfig effective = environment.getConfiguration();
    assertThat(effective.get(CheckpointingOptions.ENABLE_CHECKPOINTS_AFTER_TASKS_FINISH)).isTrue();
    assertThat(effective.get(CheckpointingOptions.ENABLE_UNALIGNED)).isFalse();
  }

  @Test
  void saysWhatFlinkDoesNotTake() {
    assertThatThrownBy(() -> configured(Options.with("execution.checkpointing.interval", "1 ms")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Flink does not take '1 ms' for option execution.checkpointing.interval: Checkpoint interval must be larger than or equal to 10 ms")
        .extracting(e -> ((InvalidPipelineException) e).option())
        .isEqualTo("execution.checkpointing.interval");
    assertThatThrownBy(() -> configured(Options.with("parallelism.default", "0")))
        .hasMessageStartingWith("Flink does not take '0' for option parallelism.default: ");
  }

  @Test
  void keepsSecretsOfFlinkOutOfTheJobGraph() {
    StreamExecutionEnvironment environment =
        configured(Options.with("s3.secret-key", "hunter2", "s3.path-style-access", "true"));

    assertThat(environment.getConfiguration().toMap().toString())
        .contains("s3.path-style-access")
        .doesNotContain("hunter2");
  }

  @Test
  void refusesATransactionThatEndsInThePauseBetweenCheckpoints() {
    Configuration file =
        Options.with(
            "streambed.sink.transaction-timeout", "10 s",
            "execution.checkpointing.interval", "1 s",
            "execution.checkpointing.min-pause", "10 s");

    assertThatThrownBy(() -> configured(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("must be longer than execution.checkpointing.min-pause (10 s)");
  }

  @Test
  void refusesATransactionThatEndsBeforeItsCheckpoint() {
    Configuration file =
        Options.with(
            "streambed.sink.transaction-timeout", "10 s",
            "execution.checkpointing.interval", "10 s");

    assertThatThrownBy(() -> configured(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Invalid value 10 s for option streambed.sink.transaction-timeout: must be longer"
                + " than execution.checkpointing.interval (10 s), or each transaction ends"
                + " before its checkpoint.");
  }

  @Test
  void showsEffectiveOptionsWithoutSecrets() {
    Map<String, String> effective =
        FlinkSettings.effective(
            Options.with(
                "streambed.batch.workers", "2",
                "streambed.sink.kafka.linger.ms", "5",
                "streambed.sink.kafka.ssl.key.password", "hunter2",
                "streambed.source.kafka.sasl.jaas.config", "hunter2",
                "streambed.source.kafka.sasl.oauthbearer.client.credentials.client.secret",
                    "hunter2",
                "fs.s3.access-key-token", "hunter2",
                "fs.azure.account.key.mine.blob.core.windows.net", "hunter2",
                "metrics.reporter.otel.http-headers", "a: hunter2",
                "metrics.reporter.x.auth-params", "hunter2",
                "metrics.reporter.x.service-key", "hunter2",
                "metrics.reporter.x.url", "https://me:hunter2@example.org"));

    assertThat(effective.toString()).doesNotContain("hunter2");
    assertThat(effective)
        .containsEntry("streambed.batch.workers", "2")
        .containsEntry("streambed.batch.max-tokens", "0")
        .containsEntry("streambed.sink.kafka.linger.ms", "5")
        .containsEntry("streambed.sink.kafka.ssl.key.password", "******");
  }

  @Test
  void saysBeforeItStartsThatThereIsNoModel(@TempDir Path directory) {
    Path missing = directory.resolve("m");

    assertThatThrownBy(() -> build(Options.with("streambed.model.directory", missing.toString())))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("There is no model directory " + missing);
  }

  @Test
  void saysBeforeItStartsThatTheModelHasNoSuchPrompt() {
    Configuration file =
        Options.with(
            "streambed.model.directory",
            TinyModelDirectory.path().toString(),
            "streambed.model.prompt",
            "clustering");

    assertThatThrownBy(() -> build(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("Model tiny has no prompt 'clustering'; it has passage, query, none.");
  }

  @Test
  void saysBeforeItStartsThatTheModelHasNoSuchDimensions() {
    Configuration file =
        Options.with(
            "streambed.model.directory",
            TinyModelDirectory.path().toString(),
            "streambed.model.dimensions",
            "9");

    assertThatThrownBy(() -> build(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("Model tiny has no vectors of 9 dimensions; it has 4 to 8.");
  }

  @Test
  void refusesKeysThatNobodyReadsFromCodeToo() {
    assertThatThrownBy(() -> build(Options.with("streambed.sink.topik", "a")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("Unknown option streambed.sink.topik. Did you mean streambed.sink.topic?");
  }

  @Test
  void asksForOnePipelineFile() {
    assertThatThrownBy(() -> EmbedTopicJob.main(new String[0]))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("Found 0 arguments; expected one: the path of a pipeline file.");
  }

  private static void build(Configuration file) {
    EmbedTopicJob.build(new StreamExecutionEnvironment(), file);
  }

  private static StreamExecutionEnvironment configured(Configuration file) {
    var environment = new StreamExecutionEnvironment();
    FlinkSettings.apply(environment, file, EmbedTopicOptions.from(file));
    return environment;
  }
}
