package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.GlobalConfiguration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options of Flink mean the same in a pipeline file as in Flink's config.yaml. */
class ConfigYamlTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pipeline.name: a",
        "pipeline: {name: 'it''s: #1'}",
        "pipeline.name: 007",
        "pipeline.name: '007'",
        "pipeline.name: 0.10",
        "pipeline.name: no",
        "pipeline.name: TRUE",
        "pipeline.name: 2026-11-28",
        "pipeline.name: 12:30:00",
        "pipeline.name: 1_000",
        "fs.example.name: ''",
        "pipeline.name: |\n  a\n  b\n",
        "pipeline.name: >-\n  a\n  b\n",
        "pipeline.name: a\n  b",
        "parallelism.default: 0x10",
        "parallelism.default: 0o10",
        "parallelism.default: 010",
        "parallelism.default: +4",
        "execution.checkpointing.num-retained: '3'",
        "execution.checkpointing.interval: 3 s",
        "execution.checkpointing.interval: 3000",
        "execution:\n  checkpointing: {interval: PT3S, mode: exactly_once}",
        "pipeline.jars: ['a;b', 'it''s', \"c\\\"d\", 007, 1.50, true]",
        "pipeline.jars: a;b",
        "pipeline.jars:\n- a\n- b",
        "pipeline.jars: []",
        "state.backend.incremental: true",
        "restart-strategy: &r none\npipeline.name: *r",
        "fs.example.factor: 1e3",
        "fs.example.large: 123456789012345678901234567890",
        "fs.example.list: [1, .inf, -.INF, x]",
        "---\npipeline.name: a\n...",
        "# nothing",
      })
  void meansWhatItMeansThere(String yaml, @TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("config.yaml"), yaml);

    assertThat(PipelineFile.parse(yaml, "test.yaml").toMap())
        .isEqualTo(GlobalConfiguration.loadConfiguration(directory.toString()).toMap());
  }
}
