package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.streambed.jobs.options.flink.FlinkOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** The published JSON Schema of a pipeline file says what {@link PipelineFile} does. */
class PipelineSchemaTest {
  private static final String PUBLISHED = "/dev/streambed/jobs/pipeline.schema.json";

  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(PipelineSchema.json());

  @Test
  void isPublishedAsDeclared() throws IOException {
    String declared = PipelineSchema.json();
    Path expected = Files.writeString(Path.of("target/pipeline.schema.json"), declared);

    assertThat(Files.readString(Path.of("../docs/pipeline.schema.json")).equals(declared))
        .as("docs/pipeline.schema.json is as declared; copy jobs/%s to docs/", expected)
        .isTrue();
    try (InputStream inJar =
        Objects.requireNonNull(PipelineSchema.class.getResourceAsStream(PUBLISHED))) {
      assertThat(new String(inJar.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(declared);
    }
  }

  @Test
  void isItselfOfTheSchemaOfSchemas() throws IOException {
    JsonSchema schemas =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
            .getSchema(URI.create("http://json-schema.org/draft-07/schema#"));

    assertThat(schemas.validate(new ObjectMapper().readTree(PipelineSchema.json()))).isEmpty();
  }

  /** As the guides have them, GuidesTest adds. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "streambed: {}",
        "streambed: {source: {topic: texts, kafka: {ssl: {truststore.location: /t}}}}",
        "streambed: {source.kafka.security.protocol: SSL}",
        "streambed.source: {kafka.config.providers.mine.class: a.B, kafka: {interceptor.classes: [a, b]}}",
        "streambed.source: {bootstrap-servers: [a:1, b:1], topic: 007}",
        "streambed.sink.bootstrap-servers: a:1,b:1",
        "streambed.source.metadata: all",
        "streambed.source.metadata: [/price, /tags/0, {maker: /brand/name}]",
        "streambed: {batch: {workers: 0x10, max-tokens: 0o1000, max-records: +7, cache-size: 5}}",
        "streambed.batch.workers: '4'",
        "streambed.batch.cache-size: 64 MB",
        "streambed.sink.transaction-timeout: 15 min",
        "streambed.startup.timeout: PT30S",
        "streambed.startup.timeout: 500",
        "streambed.source.bounded: TRUE",
        "streambed.source.bounded: 'True'",
        "streambed.source.format: Plain-Text",
        "streambed.sink.transaction-naming: pooling",
        "streambed.sink.kafka.ssl.endpoint.identification.algorithm: ''",
        "streambed.sink.kafka: {ssl.key.password: '${env:PATH}', linger.ms: 5}",
        "streambed.source.group-id: ${env:PATH}-embed",
        "pipeline.name: ${env:PATH}",
        "pipeline.jars: [a, '${env:PATH}']",
        "pipeline.jars: a;b",
        "pipeline: {global-job-parameters: {team: search}, max-parallelism: 4}",
        "pipeline.global-job-parameters.team: search",
        "parallelism.default: 2",
        "execution.checkpointing: {interval: 10 s, dir: file:///c, unaligned: {enabled: true}}",
        "execution.checkpointing.unaligned: true",
        "execution: {runtime-mode: streaming, buffer-timeout: {interval: 5 ms}}",
        "metrics.reporter.prom: {port: 9249, filter.includes: ['*:numRecordsIn']}",
        "metrics: {reporter: {prom.port: 9249}}",
        "external-resource.gpu.amount: 1",
        "state.backend.rocksdb.memory: {managed: true}",
        "state.backend.type: hashmap",
        "taskmanager.memory.managed.fraction: 0.4",
      })
  void takesWhatTheReaderTakes(String yaml) throws IOException {
    assertThatCode(() -> PipelineFile.parse(yaml, "test.yaml")).doesNotThrowAnyException();
    assertThat(errors(yaml)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "stremabed.sink.topic: a",
        "streambed.source.topc: a",
        "streambed: {batch: {max-token: 1}}",
        "streambed: {source: {topic: {name: a}}}",
        "streambed: {source: }",
        "streambed.sink.topic: ",
        "streambed.sink.topic: ''",
        "streambed.sink.topic: [a, b]",
        "streambed.source.text: {/title}",
        "streambed.source.format: xml",
        "streambed.source.bounded: yes",
        "streambed.batch.workers: many",
        "streambed.batch.workers: 1.5",
        "streambed.batch.workers: [1]",
        "streambed.batch.cache-size: 64 MiB",
        "streambed.batch.cache-size: -1",
        "streambed.startup.timeout: soon",
        "streambed.startup.timeout: 5 weeks",
        "streambed.source.metadata: [[/a]]",
        "streambed.source.metadata: [{a: /a, b: /b}]",
        "streambed.source.topic: ${HOME}",
        "streambed.source.topic: ${env:HOME",
        "streambed.source.topic: ${vault:a}",
        "streambed.sink.kafka.client.rack: ${HOME}",
        "streambed.sink: {kafka: {linger.ms: [5]}}",
        "execution.checkpointing.intervall: 1 s",
        "execution: {checkpointing: {interval: soon}}",
        "pipeline.name: [a]",
        "pipeline.name: null",
        "pipeline.jars: [{a: b}]",
        "execution.runtime-mode: eager",
      })
  void refusesWhatTheReaderRefuses(String yaml) throws IOException {
    assertThatThrownBy(() -> PipelineFile.parse(yaml, "test.yaml"))
        .isInstanceOf(InvalidPipelineException.class);
    assertThat(errors(yaml)).as(yaml).isNotEmpty();
  }

  @Test
  void refusesWhatTheJobSetsItself() throws IOException {
    assertThat(errors("streambed.sink: {kafka: {acks: '1'}}")).isNotEmpty();
    assertThat(errors("streambed.source.kafka: {group.id: mine}")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void knowsEachOptionAndItsDefaultInSectionsOfEachDepth(int depth) {
    Map<String, Object> file = new TreeMap<>();
    Map<String, Map<String, String>> sections = new TreeMap<>();
    options()
        .forEach(
            (key, option) -> {
              int dot = -1;
              for (int i = 0; i < depth && (i == 0 || dot >= 0); i++) {
                dot = key.indexOf('.', dot + 1);
              }
              String written = written(option.defaultValue());
              if (depth == 0) {
                file.put(key, written);
              } else if (dot >= 0) {
                sections
                    .computeIfAbsent(key.substring(0, dot), prefix -> new TreeMap<>())
                    .put(key.substring(dot + 1), written);
              }
            });
    file.putAll(sections);

    assertThat(file).isNotEmpty();
    assertThat(SCHEMA.validate(new ObjectMapper().valueToTree(file))).isEmpty();
  }

  private static Map<String, ConfigOption<?>> options() {
    Map<String, ConfigOption<?>> options = new TreeMap<>(FlinkOptions.ALL);
    options.keySet().removeIf(key -> key.contains("<")); // stands for a name of the user's choice
    JobOptions.all().forEach(option -> options.put(option.key(), option));
    return options;
  }

  private static String written(@Nullable Object value) {
    if (value == null || value instanceof Map) {
      return "${env:PATH}";
    }
    String text =
        value instanceof List<?> list
            ? String.join(";", list.stream().map(String::valueOf).toList())
            : value.toString();
    return text.isEmpty() ? "${env:PATH}" : text;
  }

  private static Set<ValidationMessage> errors(String yaml) throws IOException {
    LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    Object file = new Load(settings).loadFromString(yaml);
    return SCHEMA.validate(new ObjectMapper().valueToTree(file));
  }
}
