package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.format.Decoded;
import dev.streambed.jobs.format.Decoded.Kind;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtobufPipelineTest {
  private static final Path EXAMPLES = Path.of("../docs/examples");

  @TempDir private Path directory;

  @BeforeEach
  void copyFiles() throws IOException {
    for (String name : List.of("protobuf.yaml", "articles.binpb", "articles.proto")) {
      Files.copy(EXAMPLES.resolve(name), directory.resolve(name));
    }
  }

  @Test
  void readsMessagesWithoutAFileOnceItHasStarted() throws Exception {
    byte[] article = {
      8, 42, 0x12, 2, 'H', 'i', 0x1a, 1, '!', 0x32, 2, 8, 7
    }; // id, title, body, updated
    RecordFormat format = InstantiationUtil.clone(options("protobuf.yaml").source().format());
    Files.delete(directory.resolve("articles.binpb"));

    TextRecord text =
        Objects.requireNonNull(
            format
                .open()
                .decode(
                    new SourceRecord(new SourcePosition("a", 0, 0), -1, null, article, List.of()))
                .text());

    assertThat(text)
        .isEqualTo(
            new TextRecord("42", "Hi\n\n!", null, Map.of("price", 0.0, "tags", List.of()), 7_000));
  }

  @Test
  void readsKeys() throws Exception {
    Path file = directory.resolve("protobuf.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "key: \"{/id}\"",
                "key-format: protobuf\n    key-message: google.protobuf.Timestamp"));
    byte[] article = {0x12, 2, 'H', 'i'};
    byte[] key = {0, 0, 0, 0, 7, 0, 8, 7};

    TextRecord text =
        Objects.requireNonNull(
            options("protobuf.yaml")
                .source()
                .format()
                .open()
                .decode(
                    new SourceRecord(new SourcePosition("a", 0, 0), -1, key, article, List.of()))
                .text());

    assertThat(text.key()).isEqualTo("{\"seconds\":7,\"nanos\":0}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "message: shop.Article | message: Article | protobuf.yaml, line 8, column 5: Invalid value 'Article' for option streambed.source.message: the descriptor set has no message of this name (found: shop.Article).",
        "articles.binpb | articles.proto | schema-file: the file is the source of a .proto file; create the file with: protoc",
        "articles.binpb | protobuf.yaml | schema-file: the file is no descriptor set; create the file with: protoc",
        "articles.binpb | gone.binpb | schema-file: the file cannot be read: there is none",
        "message: shop.Article | bounded: true | Option streambed.source.message is missing.",
        "schema-file: articles.binpb | bounded: true | Option streambed.source.schema-file is missing.",
        "format: protobuf | format: json | message: must be absent with format json",
        "format: protobuf | format: avro | message: must be absent with format avro",
        "event-time: /updated | key-message: shop.Article | key-message: must be absent with key-format string",
      })
  void saysWhatIsWrong(String written, String instead, String message) throws IOException {
    Path file = directory.resolve("protobuf.yaml");
    Files.writeString(file, Files.readString(file).replace(written, instead));

    assertThatThrownBy(() -> options("protobuf.yaml")).hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{/title} | {/titel} | line 9, column 5 | text: /titel is nowhere in the schema, in which the document is an object with id, title, body, tags, price, updated.",
        "{/body} | {/tags/x} | line 9, column 5 | text: /tags/x is nowhere in the schema, in which /tags is an array.",
        "{/body} | {/body/en} | line 9, column 5 | text: /body/en is nowhere in the schema, in which /body is a string.",
        "{/id} | {/ID} | line 10, column 5 | key: /ID is nowhere",
        "/tags] | {tag: /tag}] | line 11, column 5 | metadata: /tag is nowhere",
        "event-time: /updated | event-time: /updated/seconds | line 12, column 5 | event-time: /updated/seconds is nowhere in the schema, in which /updated is a string.",
        "event-time: /updated | event-time: /tags | line 12, column 5 | event-time: /tags is an array in the schema; it must be a number or a string.",
        "event-time: /updated | prompt: /price | line 12, column 5 | prompt: /price is a number in the schema; it must be a string.",
        "event-time: /updated | envelope: debezium | line 12, column 5 | 'debezium' for option streambed.source.envelope: the schema is none of Debezium's change events, which have a string op and a row after, but an object with id, title",
      })
  void saysWhereAnOptionTakesWhatNoMessageHas(
      String written, String instead, String place, String message) throws IOException {
    Path file = directory.resolve("protobuf.yaml");
    Files.writeString(file, Files.readString(file).replace(written, instead));

    assertThatThrownBy(() -> PipelineFile.read(file))
        .hasMessageContaining("protobuf.yaml, " + place + ": Invalid value ")
        .hasMessageContaining(message);
  }

  @Test
  void saysThatTheDefaultTextIsNotThere() throws IOException {
    Path file = directory.resolve("protobuf.yaml");
    Files.writeString(file, Files.readString(file).replaceAll("text: .*", "bounded: true"));

    assertThatThrownBy(() -> options("protobuf.yaml"))
        .hasMessageContaining(
            "Option streambed.source.text is missing, and its default does not fit: /text is nowhere");
  }

  @Test
  void readsDebeziumsEvents() throws IOException {
    SchemaFiles.events(directory.resolve("events.binpb"));
    Path file = directory.resolve("protobuf.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replace("articles.binpb", "events.binpb")
            .replace("shop.Article", "Envelope\n    envelope: debezium")
            .replaceAll("text: .*", "text: '{/title}'")
            .replaceAll("(?m)^ *(key|metadata|event-time): .*\n", ""));
    RecordFormat format = options("protobuf.yaml").source().format();
    byte[] created = {0x0a, 1, 'c', 0x12, 4, 0x0a, 2, 'H', 'i'};
    byte[] deleted = {0x0a, 1, 'd'};

    assertThat(decoded(format, created))
        .isEqualTo(
            new Decoded(
                Kind.TEXT, new TextRecord(null, "Hi", null, Map.of(), TextRecord.NO_EVENT_TIME)));
    assertThat(decoded(format, deleted).kind()).isEqualTo(Kind.DELETION);
  }

  private static Decoded decoded(RecordFormat format, byte[] value) {
    return format
        .open()
        .decode(new SourceRecord(new SourcePosition("a", 0, 0), -1, null, value, List.of()));
  }

  private EmbedTopicOptions options(String file) {
    return EmbedTopicOptions.from(PipelineFile.read(directory.resolve(file)));
  }
}
