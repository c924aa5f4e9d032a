package dev.streambed.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.Records;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.util.Utf8;
import org.junit.jupiter.api.Test;

class EmbeddingRecordAvroTest {

  private static final int HEADER_BYTES = 10;

  @Test
  void decodesWhatItEncoded() {
    for (int seed = 0; seed < 1_000; seed++) {
      EmbeddingRecord record = Records.randomEmbedding(new Random(seed));

      byte[] bytes = EmbeddingRecordAvro.encode(record);

      assertThat(EmbeddingRecordAvro.decode(bytes)).as("seed %d", seed).isEqualTo(record);
    }
  }

  @Test
  void isReadByAvrosOwnDecoderOfSingleObjects() throws IOException {
    EmbeddingRecord record = Records.embedding();
    var decoder =
        new BinaryMessageDecoder<GenericRecord>(GenericData.get(), RecordLayout.FLOATS.schema());

    GenericRecord read = decoder.decode(EmbeddingRecordAvro.encode(record));

    assertThat(read.get("text")).hasToString(record.text());
    assertThat(read.get("embedding")).isEqualTo(components(record));
    assertThat(read.get("space")).hasToString(Records.SPACE);
    assertThat(read.get("tokens")).isEqualTo(17);
    assertThat(read.get("truncated")).isEqualTo(true);
    assertThat(((GenericRecord) read.get("model")).get("digest")).hasToString(Records.DIGEST);
    assertThat(((GenericRecord) read.get("source")).get("offset")).isEqualTo(91_827L);
    assertThat((Map<?, ?>) read.get("metadata")).hasSize(3);
    assertThat(read.get("eventTimeMillis")).isEqualTo(record.eventTimeMillis());
  }

  @Test
  void isCompatibleForReadersThatAreUpgradedFirst() {
    assertThat(
            SchemaCompatibility.checkReaderWriterCompatibility(
                    RecordLayout.FLOATS.schema(), RecordLayout.VERSION_1.schema())
                .getType())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
  }

  @Test
  void namesVectorsOfOtherLengthsInAMap() throws IOException {
    var decoder =
        new BinaryMessageDecoder<GenericRecord>(GenericData.get(), RecordLayout.FLOATS.schema());
    GenericRecord read =
        decoder.decode(EmbeddingRecordAvro.encode(Records.embeddingOfSeveralLengths()));

    var others = (Map<?, ?>) read.get("otherEmbeddings");
    assertThat(others).hasSize(2);
    var shortest = (GenericRecord) Objects.requireNonNull(others.get(new Utf8("embedding_2")));
    assertThat(shortest.get("space")).hasToString(Records.SPACE.replace("=7", "=2"));
    assertThat(shortest.get("embedding")).isEqualTo(List.of(0.6f, -0.8f));
  }

  @Test
  void refusesAVectorThatIsNotAsLongAsItsName() {
    byte[] bytes = EmbeddingRecordAvro.encode(Records.embeddingOfSeveralLengths());
    String latin = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[latin.indexOf("embedding_2") + "embedding_".length()] = '3';

    assertThatThrownBy(() -> EmbeddingRecordAvro.decode(bytes))
        .hasMessage(
            "Cannot decode embedding record: a vector is not as long as its name in"
                + " otherEmbeddings.");
  }

  @Test
  void refusesToWriteOrReadARecordThatDoesNotSayItsSpace() throws IOException {
    EmbeddingRecord record = Records.embedding();
    var schema = RecordLayout.FLOATS.schema();
    var generic =
        new BinaryMessageDecoder<GenericRecord>(GenericData.get(), schema)
            .decode(EmbeddingRecordAvro.encode(record));
    generic.put("space", null);
    byte[] written =
        new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(generic).array();

    assertThatThrownBy(() -> EmbeddingRecordAvro.decode(written))
        .hasMessage("Cannot decode embedding record: space is missing.");
    assertThatThrownBy(() -> EmbeddingRecordAvro.encode(Records.embeddingOfVersion1()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Cannot write an embedding of texts-3@91827 without the address of its vector space, which records of version 1 lack.");
  }

  @Test
  void readsWhatAvrosOwnEncoderWrites() throws IOException {
    for (int seed = 0; seed < 100; seed++) {
      EmbeddingRecord record = Records.randomEmbedding(new Random(seed));
      byte[] bytes = EmbeddingRecordAvro.encode(record);
      var schema = RecordLayout.FLOATS.schema();
      var generic =
          new BinaryMessageDecoder<GenericRecord>(GenericData.get(), schema).decode(bytes);

      byte[] written =
          new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema)
              .encode(generic)
              .array();

      assertThat(EmbeddingRecordAvro.decode(written)).as("seed %d", seed).isEqualTo(record);
    }
  }

  @Test
  void refusesWhatIsCutOffOrFollowedBySomething() {
    byte[] bytes = EmbeddingRecordAvro.encode(Records.embedding());

    for (int length = 0; length < bytes.length; length++) {
      byte[] start = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> EmbeddingRecordAvro.decode(start))
          .as("the first %d bytes", length)
          .isInstanceOf(MalformedRecordException.class)
          .hasMessageStartingWith("Cannot decode embedding record: ");
    }
    byte[] more = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> EmbeddingRecordAvro.decode(more))
        .hasMessage("Cannot decode embedding record: something follows the record.");
  }

  @Test
  void refusesBrokenBytesWithNothingButAReason() {
    byte[] bytes = EmbeddingRecordAvro.encode(Records.embedding());
    var random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = bytes.clone();
      for (int j = 1 + random.nextInt(3); j > 0; j--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt();
      }

      try {
        assertThat(EmbeddingRecordAvro.decode(broken).dimensions()).isPositive();
      } catch (MalformedRecordException e) {
        assertThat(e).hasMessageNotContaining("sotu");
      }
    }
  }

  @Test
  void refusesABooleanThatIsNeither() {
    byte[] bytes = EmbeddingRecordAvro.encode(Records.embedding());
    String latin = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[latin.lastIndexOf("all-MiniLM") - 4] = 2; // before unknownTokens and a length

    assertThatThrownBy(() -> EmbeddingRecordAvro.decode(bytes))
        .hasMessage("Cannot decode embedding record: a boolean is neither 0 nor 1.");
  }

  @Test
  void refusesAnotherSchema() {
    byte[] bytes = EmbeddingRecordAvro.encode(Records.embedding());
    bytes[HEADER_BYTES - 1] ^= 1;

    assertThatThrownBy(() -> EmbeddingRecordAvro.decode(bytes))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("unknown schema fingerprint")
        .extracting(e -> ((MalformedRecordException) e).reason())
        .isEqualTo(MalformedRecordException.Reason.UNKNOWN_VERSION);
  }

  @Test
  void refusesWhatIsNoAvro() {
    assertThatThrownBy(() -> EmbeddingRecordAvro.decode(Records.utf8("{\"key\":\"secret\"}")))
        .hasMessage("Cannot decode embedding record: its 16 bytes do not begin as Avro.");
  }

  private static List<Float> components(EmbeddingRecord record) {
    List<Float> components = new ArrayList<>();
    for (float component : record.embedding()) {
      components.add(component);
    }
    return components;
  }
}
