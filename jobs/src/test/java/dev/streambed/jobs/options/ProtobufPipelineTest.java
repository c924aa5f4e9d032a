package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
        "message: shop.Article | message: Article | schema-file: the file has no message 'Article' (found: shop.Article).",
        "articles.binpb | articles.proto | schema-file: the file is the source of a .proto file; create the file with: protoc",
        "articles.binpb | protobuf.yaml | schema-file: the file is no descriptor set; create the file with: protoc",
        "articles.binpb | gone.binpb | schema-file: the file cannot be read: java.nio.file.NoSuchFileException",
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

  private EmbedTopicOptions options(String file) {
    return EmbedTopicOptions.from(PipelineFile.read(directory.resolve(file)));
  }
}
