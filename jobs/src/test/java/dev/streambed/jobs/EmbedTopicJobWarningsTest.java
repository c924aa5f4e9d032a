package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.flink.FlinkWarnings;
import dev.streambed.jobs.options.Options;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Warnings about options that are allowed, and may surprise. */
class EmbedTopicJobWarningsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "restart-strategy.type | none | the first failure ends the job.",
        "restart-strategy | off | the first failure ends the job.",
        "restart-strategy.type | fixed-delay | the job ends after 1 restarts.",
        "restart-strategy.type | failure-rate | more than 1 failures within 60 s end the job.",
        "execution.checkpointing.externalized-checkpoint-retention | DELETE_ON_CANCELLATION"
            + " | the checkpoint goes when the job is cancelled",
        "execution.state-recovery.ignore-unclaimed-state | true | a restore drops state",
        "execution.checkpointing.create-subdir | false | another job with this directory",
      })
  void warnsOfWhatNeedsAPersonSooner(String key, String value, String warning) {
    var effective =
        Configuration.fromMap(
            Map.of(
                "execution.checkpointing.dir", "file:///c",
                "execution.checkpointing.externalized-checkpoint-retention",
                    "RETAIN_ON_CANCELLATION"));
    assertThat(FlinkWarnings.of(effective)).isEmpty();

    effective.setString(key, value);

    assertThat(FlinkWarnings.of(effective)).singleElement().asString().contains(warning);
  }

  @Test
  void warnsOfOptionsThatAClusterWhichRunsDoesNotRead() {
    Configuration file =
        Options.with(
            "taskmanager.memory.process.size", "3 gb",
            "metrics.reporter.prom.port", "9249",
            "s3.endpoint", "http://a",
            "rest.port", "8081",
            "parallelism.default", "3",
            "pipeline.global-job-parameters.team", "search",
            "execution.checkpointing.dir", "file:///c",
            "execution.checkpointing.interval", "3 s");

    assertThat(
            FlinkWarnings.onCluster(
                file, Configuration.fromMap(Map.of("rest.port", "8081", "s3.endpoint", "b"))))
        .containsExactly(
            "Options [metrics.reporter.prom.port, s3.endpoint, taskmanager.memory.process.size] of"
                + " the pipeline file are for the processes of a cluster, which run already: they"
                + " have no effect. Put them into its config.yaml.");
  }

  @ParameterizedTest
  @CsvSource({
    "execution.checkpointing.storage, jobmanager",
    "state.checkpoint-storage, jobmanager",
    "parallelism.default, 1"
  })
  void warnsOfCheckpointsInMemory(String key, String value) {
    assertThat(FlinkWarnings.onCluster(Options.with(key, value), new Configuration()))
        .singleElement()
        .asString()
        .startsWith("Checkpoints are in the JobManager's memory, at most 5 MB, and end with it");
  }
}
