package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checks a mapping against a schema file of Avro before the first record is read. */
class AvroPipelineTest {
  private static final String ARTICLE =
      """
      {"type":"record","name":"Article","fields":[
       {"name":"title","type":["null","string"]},{"name":"tags","type":{"type":"array","items":["null","string"]}},
       {"name":"body","type":{"type":"map","values":"string"}},{"name":"price","type":"double"},
       {"name":"updated","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"sold","type":"boolean"},
       {"name":"either","type":["int",{"type":"record","name":"Other","fields":[{"name":"name","type":"string"}]}]},
       {"name":"lists","type":{"type":"array","items":{"type":"array","items":"int"}}},{"name":"nothing","type":"null"},
       {"name":"next","type":["null","Article"]}]}
      """;

  @TempDir private Path directory;

  @BeforeEach
  void writeSchemas() throws IOException {
    Files.writeString(directory.resolve("article.avsc"), ARTICLE);
    Files.writeString(
        directory.resolve("event.avsc"),
        """
        {"type":"record","name":"Envelope","fields":[
         {"name":"op","type":"string"},{"name":"before","type":["null",%s]},{"name":"after","type":["null","Article"]}]}
        """
            .formatted(ARTICLE));
    Files.writeString(
        directory.resolve("mongo.avsc"),
        """
        {"type":"record","name":"Envelope","fields":[
         {"name":"op","type":"string"},{"name":"after","type":["null","string"]}]}
        """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text: \"{/title} {/tags} {/tags/0} {/body/en} {/either} {/either/name} {/next/next/title}\"",
        "text: \"{/title}\", metadata: [/nothing, /price, /tags, /sold], event-time: /updated",
        "text: \"{/title}\", event-time: /price, prompt: /next/title, key: \"{/updated}\"",
      })
  void takesWhatRecordsCanHave(String mapping) throws IOException {
    assertThat(read("article.avsc", mapping)).isNotNull();
    assertThat(read("event.avsc", "envelope: debezium, " + mapping)).isNotNull();
    assertThat(read("mongo.avsc", "envelope: debezium, " + mapping)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text: \"{/titel}\" | text: /titel is nowhere in the schema, in which the document is ",
        "text: \"{/either/title}\" | text: /either/title is nowhere in the schema, in which /either is a number or an object with name.",
        "text: \"{/body}\" | text: /body is an object in the schema; it must be a string, a number, a boolean or an array of these.",
        "text: \"{/next}\" | text: /next is null or an object with title, tags,",
        "text: \"{/lists}\" | text: /lists is an array in the schema",
        "text: \"{/title}\", key: \"{/next/id}\" | key: /next/id is nowhere",
        "text: \"{/title}\", metadata: [/price, /body] | metadata: /body is an object",
        "text: \"{/title}\", event-time: /sold | event-time: /sold is a boolean in the schema; it must be a number or a string.",
        "text: \"{/title}\", prompt: /role | prompt: /role is nowhere",
      })
  void refusesWhatNoRecordHas(String mapping, String message) {
    assertThatThrownBy(() -> read("article.avsc", mapping))
        .hasMessageContaining("pipeline.yaml, line 6, column ")
        .hasMessageContaining(message);
    assertThatThrownBy(() -> read("event.avsc", "envelope: debezium, " + mapping))
        .hasMessageContaining(message);
  }

  @Test
  void refusesAnEnvelopeThatIsNone() {
    assertThatThrownBy(() -> read("article.avsc", "envelope: debezium"))
        .hasMessageContaining("pipeline.yaml, line 6, column 36: Invalid value 'debezium'")
        .hasMessageContaining("none of Debezium's change events");
  }

  /** The schema file is then what records are read with. */
  @Test
  void checksTheSchemaBesideARegistry() {
    assertThatThrownBy(
            () ->
                read("article.avsc", "text: \"{/gone}\"}, registry: {url: \"http://localhost:1\""))
        .hasMessageContaining("text: /gone is nowhere in the schema");
  }

  private Configuration read(String schema, String mapping) throws IOException {
    Path file = directory.resolve("pipeline.yaml");
    Files.writeString(
        file,
        """
        streambed.sink: {topic: out, dead-letter-topic: dead}
        streambed.model.directory: model
        streambed.source.bootstrap-servers: localhost:1
        streambed.source.topic: in
        streambed.source.schema-file: %s
        streambed: {source: {format: avro, %s}}
        """
            .formatted(schema, mapping));
    return PipelineFile.read(file);
  }
}
