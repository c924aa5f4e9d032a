package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.FlinkSettings;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.Options;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
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
    "pipeline.generic-types, true, false",
    "execution.runtime-mode, BATCH, STREAMING",
    "execution.checkpointing.mode, AT_LEAST_ONCE, EXACTLY_ONCE",
  })
  void refusesWhatWouldWeakenDelivery(String key, String value, String required) {
    assertThatThrownBy(() -> configured(Options.with(key, value)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage("Invalid value %s for option %s: must be %s. Remove it.", value, key, required);
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
            "Invalid value 10000 ms for option streambed.sink.transaction-timeout: must be longer"
                + " than execution.checkpointing.interval (10000 ms), or each transaction ends"
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
                "fs.s3.access-key-token", "hunter2"));

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
