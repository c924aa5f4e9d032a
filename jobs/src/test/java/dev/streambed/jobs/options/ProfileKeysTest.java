package dev.streambed.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.MetadataType;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileKeysTest {
  private static final String FILE =
      """
      streambed:
        source: {bootstrap-servers: "localhost:9092", topic: texts, metadata: [/price, /tags, kind: /type]}
        sink:
          topic: embeddings
          dead-letter-topic: dead-letters
          profile: connect-json
          fields:
            id: doc_id
            streambed_tokens: tokens
          metadata-types:
            price: double
            tags: string[]
        model: {directory: m}
      """;

  @TempDir private Path folder;

  @Test
  void readsAProfileFromAFile() throws IOException {
    Configuration file =
        PipelineFile.read(Files.writeString(folder.resolve("pipeline.yaml"), FILE));
    KnownOptions.check(file);

    assertThat(EmbedTopicOptions.from(file).sink().profile())
        .isEqualTo(
            new ProfileOptions(
                ProfileName.CONNECT_JSON,
                Map.of("id", "doc_id", "streambed_tokens", "tokens"),
                Map.of(
                    "kind", MetadataType.STRING, // as it has no other type
                    "price", MetadataType.DOUBLE,
                    "tags", MetadataType.STRINGS)));
  }

  @Test
  void takesTheFormatAsTheProfileIfThereIsNone() {
    SinkOptions sink = EmbedTopicOptions.from(Options.with("streambed.sink.format", "avro")).sink();

    assertThat(sink.profile()).isEqualTo(ProfileOptions.CANONICAL);
    assertThat(sink.openProfile(List.of()))
        .isEqualTo(EmbeddingFormat.AVRO.with(VectorEncoding.FLOAT32));
  }

  @Test
  void writesVectorsInTheEncodingOfTheFile() {
    SinkOptions sink =
        EmbedTopicOptions.from(Options.with("streambed.sink.encoding", "int8")).sink();
    assertThat(sink.openProfile(List.of()))
        .isEqualTo(EmbeddingFormat.JSON.with(VectorEncoding.INT8));
    SinkOptions avro =
        EmbedTopicOptions.from(
                Options.with("streambed.sink.encoding", "binary", "streambed.sink.format", "avro"))
            .sink();
    assertThat(avro.openProfile(List.of()))
        .isEqualTo(EmbeddingFormat.AVRO.with(VectorEncoding.BINARY));
    assertThatThrownBy(
            () ->
                EmbedTopicOptions.from(
                    Options.with(
                        "streambed.sink.encoding", "base64", "streambed.sink.format", "avro")))
        .hasMessage(
            "Invalid value 'base64' for option streambed.sink.encoding: must be float32 or float32-bytes or int8 or binary with format avro.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "connect-json | format | avro | Invalid value 'avro' for option streambed.sink.format: must be json with profile connect-json.",
        "canonical | encoding | float32-bytes | Invalid value 'float32-bytes' for option streambed.sink.encoding: must be float32 or base64 or int8 or binary with format json.",
        "connect-json | encoding | int8 | Invalid value 'int8' for option streambed.sink.encoding: must be float32 with profile connect-json.",
        "flat | format | avro | Invalid value 'avro' for option streambed.sink.format: must be json with profile flat, unless streambed.sink.subject says where readers find the schema.",
        "flat | format | protobuf | Invalid value 'protobuf' for option streambed.sink.format: must be json or avro with profile flat.",
        "canonical | subject | s | Option streambed.sink.subject needs streambed.registry.url.",
        "canonical | fields.id | a | Option streambed.sink.fields.id has no effect with profile canonical, whose names are fixed. Remove it.",
        "flat | metadata-types.a | long | Option streambed.sink.metadata-types.a has no effect with profile flat, whose metadata have the types that they come with. Remove it.",
        "connect-json | metadata-types.pricee | long | Option streambed.sink.metadata-types.pricee has no effect as streambed.source.metadata has only price. Remove it.",
        "connect-json | metadata-types.price | int | Invalid value 'int' for option streambed.sink.metadata-types.price: 'int' is no type; the types are string, long, double, boolean, string[], long[], double[], boolean[].",
        "flat | fields.ID | a | Invalid value 'a' for option streambed.sink.fields.ID: there is no field 'ID'; the fields are id, embedding, text, streambed_space,",
        "flat | fields.embedding_0 | a | there is no field 'embedding_0'; the fields are",
        "flat | fields.streambed_encoding | enc | Option streambed.sink.fields.streambed_encoding has no effect with streambed.sink.encoding float32, whose embeddings have no such field. Remove it.",
        "flat | fields.streambed_scale | s | Option streambed.sink.fields.streambed_scale has no effect with streambed.sink.encoding float32, whose",
        "connect-json | fields.streambed_scale | s | Option streambed.sink.fields.streambed_scale has no effect",
        "flat | fields.id | text | Invalid value 'text' for option streambed.sink.fields.id: two fields are called 'text'.",
        "flat | fields.id | price | for option streambed.sink.profile: metadata and a field are both called 'price'; rename either, in streambed.source.metadata or streambed.sink.fields.",
        "connect-json | on-rejected | tombstone | Invalid value 'tombstone' for option streambed.sink.on-rejected: must be keep with profile connect-json and streambed.source.key: the Kafka key is made of what a rejected record does not tell.",
      })
  void refusesWhatMakesNoSense(String profile, String key, String value, String message) {
    Configuration file =
        Options.with(
            "streambed.source.metadata",
            "/price",
            "streambed.source.key",
            "{/id}",
            "streambed.sink.profile",
            profile,
            "streambed.sink." + key,
            value);

    assertThatThrownBy(() -> EmbedTopicOptions.from(file))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesATypeOfMetadataThatNoRecordHas() {
    List<String> typed =
        List.of(
            "streambed.sink.profile", "connect-json",
            "streambed.sink.metadata-types.price", "double");

    assertThatThrownBy(() -> with(typed, "streambed.source.format", "plain-text"))
        .hasMessage(
            "Option streambed.sink.metadata-types.price has no effect with a source of format plain-text, whose records have no metadata. Remove it.");
    assertThatThrownBy(() -> with(typed, "streambed.source.text", "{/body}"))
        .hasMessage(
            "Option streambed.sink.metadata-types.price has no effect as streambed.source.metadata is not set. Remove it.");
    // The names are the record's own.
    assertThat(with(typed)).isEmpty();
    assertThat(with(typed, "streambed.source.metadata", "all")).isEmpty();
  }

  @Test
  void refusesMetadataThatAreCalledAsAFieldIs() {
    assertThatThrownBy(
            () ->
                with(
                    List.of("streambed.sink.profile", "connect-json"),
                    "streambed.sink.metadata-types.id",
                    "long"))
        .hasMessageContaining(
            "for option streambed.sink.profile: metadata and a field are both called 'id'; rename either");
  }

  @Test
  void refusesAnotherNameForAVectorThatTheModelDoesNotGive() {
    SinkOptions sink =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.sink.profile", "flat",
                    "streambed.sink.fields.embedding_256", "short"))
            .sink();

    assertThat(sink.openProfile(List.of("embedding_256")).makesKeys()).isFalse();
    assertThatThrownBy(() -> sink.openProfile(List.of("embedding_128")))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining(
            "for option streambed.sink.profile, with what streambed.sink.fields says: there is no field 'embedding_256'; the fields are");
  }

  @Test
  void refusesAnotherNameForATextThatNoEmbeddingHas() {
    List<String> renamed =
        List.of("streambed.sink.fields.text", "body", "streambed.sink.include-text", "false");

    assertThatThrownBy(() -> with(renamed, "streambed.sink.profile", "flat"))
        .hasMessage(
            "Option streambed.sink.fields.text has no effect with streambed.sink.include-text false: no embedding has its text. Remove it.");
    // It makes room for metadata of this name, and stands in the schema of connect-json.
    assertThat(
            with(renamed, "streambed.sink.profile", "flat", "streambed.source.metadata", "/text"))
        .containsEntry("text", "body");
    assertThat(with(renamed, "streambed.sink.profile", "connect-json"))
        .containsEntry("text", "body");
  }

  @Test
  void letsTwoFieldsChangeTheirNames() {
    List<String> swapped =
        List.of(
            "streambed.sink.profile", "flat",
            "streambed.sink.fields.id", "text",
            "streambed.sink.fields.text", "id");

    assertThat(with(swapped)).hasSize(2);
    assertThatThrownBy(
            () ->
                with(
                    List.of("streambed.sink.profile", "flat"),
                    "streambed.sink.fields.id",
                    "a",
                    "streambed.sink.fields.text",
                    "a"))
        .hasMessage("Invalid value for option streambed.sink.fields: two fields are called 'a'.");
  }

  @Test
  void takesAnotherNameForTheScaleWhereThereIsOne() {
    List<String> renamed =
        List.of(
            "streambed.sink.profile", "flat",
            "streambed.sink.fields.streambed_scale", "s",
            "streambed.sink.fields.streambed_encoding", "e");

    assertThat(with(renamed, "streambed.sink.encoding", "int8")).hasSize(2);
    assertThat(
            with(
                renamed,
                "streambed.sink.encoding",
                "int8",
                "streambed.sink.fields.streambed_scale_256",
                "s256"))
        .hasSize(3);
    assertThatThrownBy(() -> with(renamed, "streambed.sink.encoding", "binary"))
        .hasMessageContaining(
            "streambed.sink.fields.streambed_scale has no effect with streambed.sink.encoding binary");
  }

  private static Map<String, String> with(List<String> some, String... others) {
    String[] all = Stream.concat(some.stream(), Stream.of(others)).toArray(String[]::new);
    return EmbedTopicOptions.from(Options.with(all)).sink().profile().fields();
  }

  @ParameterizedTest
  @CsvSource({
    "fields, 'idd: a', 8, Invalid value 'a' for option streambed.sink.fields.idd: there is no field 'idd'",
    "metadata-types, 'kind: decimal', 11, Invalid value 'decimal' for option streambed.sink.metadata-types.kind: 'decimal' is no type",
    "metadata-types, 'kinds: long', 11, 'Option streambed.sink.metadata-types.kinds has no effect as streambed.source.metadata has only kind, price, tags. Remove it.'",
  })
  void saysWhereAnEntryOfAMapStands(String map, String entry, int line, String message)
      throws IOException {
    Path file = folder.resolve("bad.yaml");
    Files.writeString(
        file, FILE.replace("    " + map + ":\n", "    " + map + ":\n      " + entry + "\n"));

    assertThatThrownBy(() -> PipelineFile.read(file))
        .hasMessageContaining("bad.yaml, line " + line + ", column 7: " + message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fields", "metadata-types"})
  void saysWhatAMapTakesInsteadOfAList(String map) throws IOException {
    Path file = folder.resolve("list.yaml");
    Files.writeString(file, FILE.replaceFirst(map + ":\n.*\n.*\n", map + ": [price, tags]\n"));

    assertThatThrownBy(() -> PipelineFile.read(file))
        .hasMessageContaining(
            "Invalid value for option streambed.sink.%s: found a list; it takes names with their values."
                .formatted(map));
  }

  @Test
  void suggestsNoOtherKeyThanThoseOfTheMaps() {
    assertThatThrownBy(() -> KnownOptions.checkKey("streambed.sink.field.id"))
        .hasMessageContaining("Unknown option streambed.sink.field.id. Did you mean");
  }
}
