package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.jobs.registry.Subject;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SinkSubjectTest {

  @Test
  void registersTheSchemaOfEmbeddings() {
    SinkOptions flat =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.registry.url", "http://registry:8081",
                    "streambed.source.metadata", "/price;/kind",
                    "streambed.sink.subject", "embeddings-value",
                    "streambed.sink.format", "avro",
                    "streambed.sink.encoding", "float32-bytes",
                    "streambed.sink.profile", "flat",
                    "streambed.sink.metadata-types.price", "double"))
            .sink();

    assertThat(flat.subject())
        .isEqualTo(
            new Subject(
                new RegistryOptions(List.of("http://registry:8081"), null, null, Map.of()),
                "embeddings-value"));
    assertThat(flat.openProfile(List.of("embedding_256")).schema())
        .contains("{\"name\":\"embedding_256\",\"type\":\"bytes\"}")
        .contains("{\"name\":\"kind\",\"type\":[\"null\",\"string\"],\"default\":null}")
        .contains("{\"name\":\"price\",\"type\":[\"null\",\"double\"],\"default\":null}");
    SinkOptions protobuf =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.registry.url", "http://registry:8081",
                    "streambed.sink.subject", "s",
                    "streambed.sink.format", "protobuf"))
            .sink();
    assertThat(protobuf.openProfile(List.of()).schema()).contains("message EmbeddingRecord {");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "s | json | Option streambed.sink.subject has no effect with format json: set streambed.sink.format: avro, or protobuf.",
        "'  ' | avro | Invalid value '  ' for option streambed.sink.subject: must be the name of a subject, such as embeddings-value.",
        "| avro | Option streambed.registry.url has no effect: a source of format json and key-format string asks no registry, and there is no streambed.sink.subject.",
      })
  void refusesARegistryThatNobodyAsks(@Nullable String subject, String format, String message) {
    Configuration file =
        Options.with(
            "streambed.registry.url", "http://registry:8081", "streambed.sink.format", format);
    if (subject != null) {
      file.setString("streambed.sink.subject", subject);
    }

    assertThatThrownBy(() -> EmbedTopicOptions.from(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(message);
  }
}
