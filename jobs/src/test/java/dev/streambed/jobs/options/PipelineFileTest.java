package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineFileTest {

  @Test
  void readsNestedKeysAndKeysWithDots() {
    Configuration file =
        parse(
            """
            streambed:
              source.topic: texts
              source:
                kafka:
                  security.protocol: SASL_SSL
                  ssl: {truststore.location: /t}
            streambed.sink.topic: embeddings
            execution.checkpointing.interval: 3 s
            """);

    assertThat(file.get(JobOptions.SOURCE_TOPIC)).isEqualTo("texts");
    assertThat(file.get(JobOptions.SINK_TOPIC)).isEqualTo("embeddings");
    assertThat(file.get(JobOptions.SOURCE_KAFKA))
        .isEqualTo(Map.of("security.protocol", "SASL_SSL", "ssl.truststore.location", "/t"));
    assertThat(file.get(CheckpointingOptions.CHECKPOINTING_INTERVAL))
        .isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void takesScalarsAsTheyAreWritten() {
    Configuration file =
        parse(
            """
            streambed.sink.kafka:
              a: 0.10
              b: 007
              c: yes
              d: "quoted # text"
              e: 12:30:00
            """);

    assertThat(file.get(JobOptions.SINK_KAFKA))
        .isEqualTo(
            Map.of("a", "0.10", "b", "007", "c", "yes", "d", "quoted # text", "e", "12:30:00"));
  }

  @Test
  void readsListsAsFlinkDoes() {
    Configuration file = parse("pipeline.jars: [\"a;b\", 'it''s', c]\n");

    assertThat(file.get(PipelineOptions.JARS)).isEqualTo(List.of("a;b", "it's", "c"));
  }

  @Test
  void takesAnEmptyValueForKafkaOnly() {
    String yaml = "streambed.sink.kafka.ssl.endpoint.identification.algorithm: ''\n";

    assertThat(parse(yaml).get(JobOptions.SINK_KAFKA))
        .isEqualTo(Map.of("ssl.endpoint.identification.algorithm", ""));
  }

  @Test
  void takesAnEmptyFileAsNoOptions() {
    assertThat(parse("").toMap()).isEmpty();
    assertThat(parse("# nothing\n").toMap()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "streambed.source.topc: a | Unknown option streambed.source.topc. Did you mean"
            + " streambed.source.topic?",
        "streambed: {batch: {max-token: 1}} | Did you mean streambed.batch.max-tokens?",
        "stremabed.sink.topic: a | Did you mean streambed.sink.topic?",
        "execution.checkpointing.intervall: 1 s | Did you mean execution.checkpointing.interval?",
        "qqqq: a | Unknown option qqqq. All options of Streambed are in README.md.",
        "streambed.sink.kafkas.a: 1 | Unknown option streambed.sink.kafkas.a.",
        "`streambed.sink.topic: a\nstreambed: {sink: {topic: b}}` |"
            + " Cannot read pipeline file test.yaml: option streambed.sink.topic is there twice.",
        "`streambed.sink.topic: a\nstreambed.sink.topic: b` | not valid YAML, or a key twice, near"
            + " line 2",
        "`streambed: [` | not valid YAML, or a key twice, near line 1",
        "`- a` | it must be one mapping of options to values",
        "`just text` | it must be one mapping of options to values",
        "`streambed.sink.topic: a\n---\nb: c` | it must be one mapping of options to values",
        "`streambed.sink.topic:` | option streambed.sink.topic has no value, or none that is",
        "`streambed.sink.topic: [[a]]` | option streambed.sink.topic has no value, or none that is",
        "streambed.batch.workers: many | Invalid value 'many' for option streambed.batch.workers:"
            + " must be a number in range.",
        "streambed.batch.workers: 99999999999 | Invalid value '99999999999' for option"
            + " streambed.batch.workers: ",
        "streambed.source.format: xml | Invalid value 'xml' for option streambed.source.format:"
            + " Could not parse value for enum",
        "execution.checkpointing.interval: soon | Invalid value 'soon' for option"
            + " execution.checkpointing.interval: ",
        "streambed.source.bounded: maybe | Invalid value 'maybe' for option"
            + " streambed.source.bounded: ",
      })
  void refusesWhatNobodyReads(String yaml, String message) {
    assertThatThrownBy(() -> parse(yaml))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  @Test
  void neverShowsASecretOfADamagedFile() {
    String yaml = "streambed.sink.kafka:\n  sasl.jaas.config: hunter2 \"\n  : [}";

    assertThatThrownBy(() -> parse(yaml))
        .hasNoCause()
        .hasMessageNotContaining("hunter2")
        .isInstanceOf(InvalidPipelineException.class);
  }

  @Test
  void saysWhichFileCannotBeRead(@TempDir Path directory) {
    Path missing = directory.resolve("p.yaml");

    assertThatThrownBy(() -> PipelineFile.read(missing))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Cannot read pipeline file %s: java.nio.file.NoSuchFileException: %s",
            missing, missing);
  }

  @Test
  void readsTheExample() {
    Configuration file = PipelineFile.read(Path.of("src/main/examples/pipeline.yaml"));

    assertThat(EmbedTopicOptions.from(file).source().topic()).isEqualTo("texts");
    assertThat(file.get(CoreOptions.DEFAULT_PARALLELISM)).isEqualTo(2);
  }

  @Test
  void takesTheOptionsThatFlinkReadsUnderNamesOfTheUsersChoice() {
    Configuration file =
        parse(
            """
            metrics.reporter.prom.port: 9249
            external-resource.gpu.amount: 1
            state.backend.rocksdb.memory.managed: true
            """);

    assertThat(file.toMap()).hasSize(3);
  }

  private static Configuration parse(String yaml) {
    return PipelineFile.parse(yaml, "test.yaml");
  }
}
