package dev.streambed.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Vectors of each encoding, in the records of each format. */
class VectorEncodingTest {
  private static final EmbeddingRecord RECORD = Records.embeddingOfSeveralLengths();

  @ParameterizedTest
  @EnumSource(
      value = VectorEncoding.class,
      names = {"FLOAT32", "BASE64", "INT8", "BINARY"})
  void areReadFromJson(VectorEncoding encoding) {
    byte[] json = EmbeddingRecordCodec.encodeJson(RECORD, encoding);

    assertThat(EmbeddingRecordCodec.decodeJson(json)).isEqualTo(read(RECORD, encoding));
  }

  @ParameterizedTest
  @EnumSource(
      value = VectorEncoding.class,
      names = {"FLOAT32", "FLOAT32_BYTES", "INT8", "BINARY"})
  void areReadFromAvro(VectorEncoding encoding) {
    byte[] avro = EmbeddingRecordAvro.encode(RECORD, encoding);

    assertThat(EmbeddingRecordAvro.decode(avro)).isEqualTo(read(RECORD, encoding));
  }

  @Test
  void lookInJsonAsStoresTakeThem() throws IOException {
    JsonNode base64 = json(VectorEncoding.BASE64);
    JsonNode int8 = json(VectorEncoding.INT8);
    JsonNode binary = json(VectorEncoding.BINARY);

    assertThat(base64.get("encoding").asText()).isEqualTo("base64");
    assertThat(base64.get("embedding_2").binaryValue()).hasSize(2 * Float.BYTES);
    assertThat(int8.get("embedding_2")).hasToString("[95,-127]"); // 0.6 and -0.8
    assertThat(int8.get("scale_2").floatValue()).isEqualTo(0.8f / 127);
    assertThat(int8.get("scale").floatValue()).isEqualTo(Math.nextDown(3.4028235E38f / 127));
    assertThat(binary.get("embedding_9")).hasToString("[-1,-128]"); // nine components above 0
    assertThat(binary.get("encoding").asText()).isEqualTo("binary");
    assertThat(json(VectorEncoding.FLOAT32).has("encoding")).isFalse();
  }

  @Test
  void areReadByAvrosOwnReader() throws IOException {
    Schema schema;
    try (InputStream file =
        EmbeddingRecord.class.getResourceAsStream("encoded-embedding-record.avsc")) {
      schema = new Schema.Parser().parse(Objects.requireNonNull(file));
    }
    var decoder = new BinaryMessageDecoder<GenericRecord>(GenericData.get(), schema);

    GenericRecord record =
        decoder.decode(EmbeddingRecordAvro.encode(RECORD, VectorEncoding.FLOAT32_BYTES));

    ByteBuffer bytes = (ByteBuffer) record.get("embedding");
    byte[] expected = EncodedVector.of(RECORD.embedding(), VectorEncoding.FLOAT32_BYTES).bytes();
    assertThat(bytes).isEqualTo(ByteBuffer.wrap(expected));
    assertThat(record.get("encoding")).hasToString("float32-bytes");
    assertThat(record.get("dimensions")).isEqualTo(7);
    assertThat(record.get("unknownTokens")).isEqualTo(2);
    assertThat(record.get("eventTimeMillis")).isEqualTo(RECORD.eventTimeMillis());
  }

  @Test
  void areRefusedWhereAFormatHasNone() {
    assertThatThrownBy(() -> EmbeddingRecordCodec.encodeJson(RECORD, VectorEncoding.FLOAT32_BYTES))
        .hasMessage("JSON has no vectors in float32-bytes");
    assertThatThrownBy(() -> EmbeddingRecordAvro.encode(RECORD, VectorEncoding.BASE64))
        .hasMessage("Avro has no vectors in base64");
  }

  @Test
  void areRefusedIfTheyDoNotFitTheirEncoding() {
    String int8 = text(VectorEncoding.INT8);
    assertRefused(int8.replace("[95,-127]", "[128,-127]"), "embedding_2 has a component");
    assertRefused(int8.replace("[95,-127]", "[9.5,-127]"), "embedding_2 has a component");
    assertRefused(int8.replace("[95,-127]", "[95]"), "dimensions is 2 but embedding_2 has 1 bytes");
    assertRefused(int8.replaceAll("\"scale_2\":[^,]*,", ""), "the scale of embedding_2 is missing");
    assertRefused(int8.replace("scale_2", "scale_3"), "the scale of embedding_2 is missing");
    assertRefused(int8.replaceAll("(\"scale_2\":)[^,]*,", "$10,"), "dimensions is 2");
    assertRefused(int8.replace(",\"encoding\":\"int8\"", ""), "the scale of embedding");
    assertRefused(
        int8.replace("\"encoding\":\"int8\"", "\"encoding\":\"int4\""), "out of its range");
    String base64 = text(VectorEncoding.BASE64);
    assertRefused(base64.replace("\"base64\"", "\"float32\""), "is no vector in float32");
    assertRefused(
        base64.replace("\"base64\"", "\"float32-bytes\""), "is no vector in float32-bytes");
    assertRefused(
        base64.replaceAll("(\"embedding_2\":\")[^\"]*", "$1A"), "embedding_2 is not base64");
    assertRefused(
        text(VectorEncoding.BINARY).replace("[-1,-128]", "[-1]"), "embedding_9 has 1 bytes");
  }

  @Test
  void neverShowARecordThatIsBroken() {
    Random random = new Random(11);
    for (int round = 0; round < 2_000; round++) {
      VectorEncoding encoding = random.nextBoolean() ? VectorEncoding.INT8 : VectorEncoding.BINARY;
      byte[] broken = EmbeddingRecordAvro.encode(RECORD, encoding);
      for (int i = random.nextInt(4); i >= 0; i--) {
        broken[10 + random.nextInt(broken.length - 10)] = (byte) random.nextInt();
      }
      try {
        assertThat(EmbeddingRecordAvro.decode(broken).dimensions()).isPositive();
      } catch (MalformedRecordException e) {
        assertThat(e).hasMessageNotContaining("sotu");
      }
    }
  }

  private static EmbeddingRecord read(EmbeddingRecord record, VectorEncoding encoding) {
    return new EmbeddingRecord(
        record.key(),
        record.text(),
        read(record.embedding(), encoding),
        record.others().stream()
            .map(other -> new OtherVector(other.space(), read(other.components(), encoding)))
            .toList(),
        record.provenance(),
        record.metadata(),
        record.eventTimeMillis());
  }

  private static float[] read(float[] vector, VectorEncoding encoding) {
    return EncodedVector.of(vector, encoding).vector(vector.length);
  }

  private static JsonNode json(VectorEncoding encoding) throws IOException {
    return new ObjectMapper().readTree(EmbeddingRecordCodec.encodeJson(RECORD, encoding));
  }

  private static String text(VectorEncoding encoding) {
    return new String(
        EmbeddingRecordCodec.encodeJson(RECORD, encoding), java.nio.charset.StandardCharsets.UTF_8);
  }

  private static void assertRefused(String json, String message) {
    assertThatThrownBy(() -> EmbeddingRecordCodec.decodeJson(Records.utf8(json)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining(message);
  }
}
