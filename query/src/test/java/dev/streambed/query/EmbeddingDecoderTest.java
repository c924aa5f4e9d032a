package dev.streambed.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import dev.streambed.schemas.protobuf.EmbeddingRecordProtobuf;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddingDecoderTest {
  private static final VectorSpace SPACE = Samples.SPACE;
  private static final Path GOLDEN = Path.of("../schemas/src/test/resources/golden");

  private final EmbeddingDecoder decoder = new EmbeddingDecoder(Map.of());

  @ParameterizedTest
  @EnumSource(VectorEncoding.class)
  void decodesEachFormatOfTheCanonicalRecord(VectorEncoding encoding) {
    for (int seed = 0; seed < 60; seed++) {
      EmbeddingRecord record = Samples.record(new Random(seed), List.of(7, 3));
      EmbeddingRecord expected = Samples.through(encoding, record);

      if (encoding != VectorEncoding.FLOAT32_BYTES) {
        byte[] json = EmbeddingRecordCodec.encodeJson(record, encoding);
        assertThat(decoder.decode(json)).as("JSON, seed %d", seed).isEqualTo(expected);
      }
      if (encoding != VectorEncoding.BASE64) {
        assertThat(decoder.decode(EmbeddingRecordAvro.encode(record, encoding)))
            .as("Avro, seed %d", seed)
            .isEqualTo(expected);
        assertThat(decoder.decode(EmbeddingRecordAvro.encode(record, encoding, 77 + seed)))
            .as("Avro of a registry, seed %d", seed)
            .isEqualTo(expected);
        assertThat(decoder.decode(EmbeddingRecordProtobuf.encode(record, encoding)))
            .as("Protobuf, seed %d", seed)
            .isEqualTo(expected);
        assertThat(decoder.decode(EmbeddingRecordProtobuf.encode(record, encoding, 77 + seed)))
            .as("Protobuf of a registry, seed %d", seed)
            .isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = ProfileName.class, names = "CANONICAL", mode = EnumSource.Mode.EXCLUDE)
  void decodesEachProfile(ProfileName name) {
    for (VectorEncoding encoding : VectorEncoding.values()) {
      if (!name.takes(encoding) || encoding == VectorEncoding.FLOAT32_BYTES) {
        continue;
      }
      for (int seed = 0; seed < 30; seed++) {
        List<Integer> others = name == ProfileName.WEAVIATE ? List.of() : List.of(7, 3);
        EmbeddingRecord record = Samples.withKey(Samples.record(new Random(seed), others));
        Profile profile =
            Samples.options(name, encoding, Map.of(), record).open("t", Samples.names(record));

        assertThat(decoder.decode(profile.value(record)))
            .as("%s in %s, seed %d", name, encoding, seed)
            .isEqualTo(Samples.withoutNulls(name, Samples.through(encoding, record)));
      }
    }
  }

  @Test
  void decodesFieldsOfOtherNamesIfToldSo() {
    Map<String, String> fields =
        Map.of("id", "article", "embedding", "vec", "streambed_space", "space", "text", "body");
    EmbeddingRecord record = Samples.withKey(Samples.record(new Random(1), List.of(7)));
    Profile profile =
        Samples.options(ProfileName.QDRANT, VectorEncoding.FLOAT32, fields, record)
            .open("t", Samples.names(record));
    byte[] value = profile.value(record);

    assertThat(new EmbeddingDecoder(fields).decode(value)).isEqualTo(record);
    assertThatThrownBy(() -> decoder.decode(value))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("without the field embedding")
        .hasMessageContaining("streambed.sink.fields");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1/embedding-record.json", "v1/embedding-record.avro"})
  void decodesVersion1(String file) throws Exception {
    EmbeddingRecord record = decoder.decode(Files.readAllBytes(GOLDEN.resolve(file)));

    assertThat(record.provenance().space()).isNull();
    assertThat(record.dimensions()).isEqualTo(7);
  }

  /** Its schema is in the registry alone. */
  @Test
  void saysThatFlatAvroNeedsTheRegistry() {
    EmbeddingRecord record = Samples.withKey(Samples.record(new Random(1), List.of()));
    Profile profile =
        new ProfileOptions(ProfileName.FLAT, Map.of(), Samples.types(ProfileName.CONNECT_JSON))
            .openAvro(List.of())
            .withSchemaId(5);

    assertThatThrownBy(() -> decoder.decode(profile.value(record)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("profile flat in Avro have a schema of their own")
        .hasMessageContaining("its deserialiser");
  }

  @Test
  void refusesAnythingElseWithoutItsContent() {
    for (int seed = 0; seed < 1000; seed++) {
      var random = new Random(seed);
      byte[] value = hostile(random);

      assertThatThrownBy(() -> decoder.decode(value))
          .as("seed %d", seed)
          .isInstanceOf(MalformedRecordException.class)
          .hasMessageStartingWith("Cannot decode ")
          .hasMessageNotContaining("canary");
    }
  }

  private static byte[] hostile(Random random) {
    String[] documents = {
      "{\"canary\":1}",
      "{\"schemaVersion\":3,\"text\":\"canary\"}",
      "{\"embedding\":[1e999],\"streambed_space\":\"canary\"}",
      "{\"embedding\":[null],\"streambed_space\":\"" + SPACE + "\"}",
      "{\"embedding\":{\"canary\":1},\"streambed_space\":\"" + SPACE + "\"}",
      "{\"payload\":{},\"vector\":\"canary\"}",
      "{\"payload\":{\"canary\":[[[]]]},\"schema\":{}}",
      "{\"embedding\":[" + "[".repeat(5000),
      "canary",
      ""
    };
    if (random.nextInt(4) == 0) {
      return documents[random.nextInt(documents.length)].getBytes(UTF_8);
    }
    EmbeddingRecord record = Samples.withKey(Samples.record(random, List.of(3)));
    byte[] value =
        switch (random.nextInt(4)) {
          case 0 -> EmbeddingRecordAvro.encode(record);
          case 1 -> EmbeddingRecordAvro.encode(record, VectorEncoding.INT8, 1);
          case 2 -> EmbeddingRecordCodec.encodeJson(record);
          default -> new byte[random.nextInt(80)];
        };
    if (value.length < 80) {
      random.nextBytes(value);
      return value;
    }
    return Arrays.copyOf(value, random.nextInt(value.length)); // cut off
  }

  @Test
  void holdsRecordsToTheSpaceOfTheirHeader() {
    byte[] value = EmbeddingRecordCodec.encodeJson(Samples.record(new Random(1), List.of()));
    VectorSpace other = SPACE.withDimensions(4);

    assertThat(decoder.decode(consumed(value, SPACE.toString()), SPACE).dimensions()).isEqualTo(19);
    assertThat(decoder.decode(consumed(value, null), SPACE).dimensions()).isEqualTo(19);
    for (String header : Arrays.asList(SPACE.toString(), null)) {
      assertThatThrownBy(() -> decoder.decode(consumed(value, header), other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(SPACE.toString())
          .hasMessageContaining(other.toString())
          .hasMessageContaining("vectors-3@5");
    }
    assertThatThrownBy(() -> decoder.decode(consumed(new byte[] {'x'}, other.toString()), SPACE))
        .as("the header is looked at first")
        .isInstanceOf(IllegalArgumentException.class)
        .isNotInstanceOf(MalformedRecordException.class);
    assertThatThrownBy(() -> decoder.decode(consumed(value, other.toString()), null))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("names another space than the value");
  }

  @Test
  void refusesVectorsOfAnotherLengthThanTheirSpaceHas() {
    EmbeddingRecord right = Samples.record(new Random(1), List.of(7));
    for (int length : new int[] {18, 20}) {
      byte[] value = EmbeddingRecordCodec.encodeJson(withVector(right, new float[length]));
      for (VectorSpace wanted : Arrays.asList(SPACE, null)) {
        assertThatThrownBy(() -> decoder.decode(consumed(value, SPACE.toString()), wanted))
            .isInstanceOf(MalformedRecordException.class)
            .hasMessageContaining("a vector of vectors-3@5 has %d components", length)
            .hasMessageContaining("have 19");
      }
    }
  }

  private static EmbeddingRecord withVector(EmbeddingRecord record, float[] vector) {
    return new EmbeddingRecord(
        record.key(),
        record.text(),
        vector,
        record.others(),
        record.provenance(),
        record.metadata(),
        record.eventTimeMillis(),
        record.chunk());
  }

  @Test
  void aRecordOfVersion1ComparesWithNoSpace() throws Exception {
    byte[] value = Files.readAllBytes(GOLDEN.resolve("v1/embedding-record.avro"));

    assertThat(decoder.decode(consumed(value, null), null).dimensions()).isEqualTo(7);
    assertThatThrownBy(() -> decoder.decode(consumed(value, null), SPACE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not say its space");
  }

  private static ConsumerRecord<byte[], byte[]> consumed(byte[] value, @Nullable String space) {
    var headers = new RecordHeaders();
    if (space != null) {
      headers.add(EmbeddingDecoder.SPACE_HEADER, space.getBytes(UTF_8));
    }
    return new ConsumerRecord<>(
        "vectors",
        3,
        5,
        0,
        TimestampType.CREATE_TIME,
        1,
        value.length,
        new byte[] {'k'},
        value,
        headers,
        Optional.empty());
  }
}
