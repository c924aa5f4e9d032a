package dev.streambed.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.json.TextRecordCodec;
import dev.streambed.schemas.protobuf.EmbeddingRecordProtobuf;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * The bytes of each released schema version, which lie in {@code golden/}. A file there never
 * changes: a change of the format is a new version in a new folder.
 */
class ReleasedBytesTest {

  @Test
  void readsAndWritesTextRecordsOfVersion1() throws IOException {
    byte[] released = released("v1/text-record.json");

    assertThat(TextRecordCodec.decodeJson(released, null, 0)).isEqualTo(Records.text());
    assertThat(text(TextRecordCodec.encodeJson(Records.text()))).isEqualTo(text(released));
  }

  @Test
  void readsEmbeddingRecordsOfVersion1() throws IOException {
    assertThat(EmbeddingRecordCodec.decodeJson(released("v1/embedding-record.json")))
        .isEqualTo(Records.embeddingOfVersion1());
    assertThat(EmbeddingRecordAvro.decode(released("v1/embedding-record.avro")))
        .isEqualTo(Records.embeddingOfVersion1());
  }

  @Test
  void readsAndWritesEmbeddingRecordsOfVersion2() throws IOException {
    byte[] released = released("v2/embedding-record.json");

    assertThat(EmbeddingRecordCodec.decodeJson(released))
        .isEqualTo(Records.embeddingOfSeveralLengths());
    assertThat(text(EmbeddingRecordCodec.encodeJson(Records.embeddingOfSeveralLengths())))
        .isEqualTo(text(released));
  }

  @Test
  void readsAndWritesAvroEmbeddingRecordsOfVersion2() throws IOException {
    byte[] released = released("v2/embedding-record.avro");

    assertThat(EmbeddingRecordAvro.decode(released)).isEqualTo(Records.embeddingOfSeveralLengths());
    assertThat(EmbeddingRecordAvro.encode(Records.embeddingOfSeveralLengths())).isEqualTo(released);
  }

  /** Also those of vectors in bytes; protobuf-java reads them in EmbeddingRecordProtobufTest. */
  @Test
  void writesProtobufEmbeddingRecordsOfVersion2() throws IOException {
    for (VectorEncoding encoding : List.of(VectorEncoding.FLOAT32, VectorEncoding.INT8)) {
      assertThat(EmbeddingRecordProtobuf.encode(Records.embeddingOfSeveralLengths(), encoding))
          .isEqualTo(released("v2/embedding-record-%s.protobuf".formatted(encoding)));
    }
  }

  @Test
  void readsAndWritesEmbeddingsOfChunks() throws IOException {
    EmbeddingRecord chunk = Records.embeddingOfAChunk();
    byte[] json = released("v2/embedding-record-of-chunk.json");
    byte[] avro = released("v2/embedding-record-of-chunk.avro");

    assertThat(EmbeddingRecordCodec.decodeJson(json)).isEqualTo(chunk);
    assertThat(text(EmbeddingRecordCodec.encodeJson(chunk))).isEqualTo(text(json));
    assertThat(EmbeddingRecordAvro.decode(avro)).isEqualTo(chunk);
    assertThat(EmbeddingRecordAvro.encode(chunk)).isEqualTo(avro);
    assertThat(EmbeddingRecordProtobuf.encode(chunk, VectorEncoding.FLOAT32))
        .isEqualTo(released("v2/embedding-record-of-chunk.protobuf"));
  }

  @Test
  void readsAndWritesDeadLettersOfVersion1() throws IOException {
    byte[] released = released("v1/dead-letter.json");

    assertThat(DeadLetterCodec.decodeJson(released)).isEqualTo(Records.letter());
    assertThat(text(DeadLetterCodec.encodeJson(Records.letter()))).isEqualTo(text(released));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] released(String name) throws IOException {
    try (InputStream in = ReleasedBytesTest.class.getResourceAsStream("/golden/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
