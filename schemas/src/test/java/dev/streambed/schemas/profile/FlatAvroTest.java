package dev.streambed.schemas.profile;

import static dev.streambed.schemas.profile.Profiles.flatRecord;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.Records;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlatAvroTest {
  private static final int ID = 0x01020304;

  @Test
  void isReadByAvrosOwnReader() throws IOException {
    EmbeddingRecord record = named(flatRecord());
    Profile profile = open(VectorEncoding.FLOAT32, record, Map.of("id", "doc"));

    GenericRecord read = read(profile, record);

    assertThat(read.get("doc")).hasToString(Objects.requireNonNull(record.key()));
    assertThat(floats(read, "embedding")).isEqualTo(record.embedding());
    assertThat(floats(read, "embedding_9")).isEqualTo(record.others().get(0).components());
    assertThat(floats(read, "embedding_2")).isEqualTo(record.others().get(1).components());
    assertThat(read.get("text")).hasToString(Objects.requireNonNull(record.text()));
    assertThat(read.get("streambed_tokens")).isEqualTo(17);
    assertThat(read.get("streambed_truncated")).isEqualTo(true);
    assertThat(read.get("streambed_source_offset")).isEqualTo(91_827L);
    assertThat(read.get("streambed_event_time")).isEqualTo(-3_376_684_800_000L);
    assertThat(read.get("page")).isEqualTo(-7L);
    assertThat(read.get("price")).isEqualTo(12.5);
    assertThat(read.get("draft")).isEqualTo(false);
    assertThat(read.get("editor")).isNull();
    assertThat(read.get("tags"))
        .isEqualTo(
            Arrays.asList(
                new Utf8("war"), new Utf8("1862"), new Utf8("0.1"), new Utf8("true"), null));
    assertThat((List<?>) read.get("none")).isEmpty();
    assertThat(read.hasField("streambed_encoding")).isFalse();
  }

  @Test
  void hasColumnsForChunksWhereTextsAreSplit() throws IOException {
    EmbeddingRecord whole = named(flatRecord());
    EmbeddingRecord chunk = Records.withChunk(whole, new ChunkOfText(3, 5, 120, 240));
    Profile profile =
        options(VectorEncoding.FLOAT32, Map.of()).ofChunks().openAvro(Profiles.vectors(whole));

    GenericRecord read = read(profile, chunk);

    assertThat(read.get("id")).hasToString("sotu-1862-7#3");
    assertThat(read.get("streambed_document")).hasToString("sotu-1862-7");
    assertThat(read.get("streambed_chunk_index")).isEqualTo(3);
    assertThat(read.get("streambed_chunk_end")).isEqualTo(240);
    assertThat(
            read(open(VectorEncoding.FLOAT32, whole, Map.of()), whole)
                .hasField("streambed_document"))
        .isFalse();
  }

  @Test
  void hasNullWhereARecordHasNothing() throws IOException {
    EmbeddingRecord full = named(flatRecord());
    EmbeddingRecord record =
        new EmbeddingRecord(
            full.key(), null, full.embedding(), full.provenance(), Map.of(), Long.MIN_VALUE);
    Profile profile = open(VectorEncoding.FLOAT32, record, Map.of());

    GenericRecord read = read(profile, record);

    for (String field : List.of("text", "streambed_event_time", "price", "tags")) {
      assertThat(read.hasField(field)).as(field).isTrue();
      assertThat(read.get(field)).as(field).isNull();
    }
  }

  @Test
  void writesVectorsAsBytes() throws IOException {
    EmbeddingRecord record = named(flatRecord());
    for (VectorEncoding encoding :
        List.of(VectorEncoding.FLOAT32_BYTES, VectorEncoding.INT8, VectorEncoding.BINARY)) {
      GenericRecord read = read(open(encoding, record, Map.of()), record);

      assertThat(read.get("streambed_encoding")).hasToString(encoding.toString());
      EncodedVector first = EncodedVector.of(record.embedding(), encoding);
      EncodedVector second = EncodedVector.of(record.others().get(0).components(), encoding);
      assertThat(read.get("embedding")).isEqualTo(ByteBuffer.wrap(first.bytes()));
      assertThat(read.get("embedding_9")).isEqualTo(ByteBuffer.wrap(second.bytes()));
      if (encoding == VectorEncoding.INT8) {
        assertThat(read.get("streambed_scale")).isEqualTo(first.scale());
        assertThat(read.get("streambed_scale_9")).isEqualTo(second.scale());
      } else {
        assertThat(read.hasField("streambed_scale")).isFalse();
      }
    }
  }

  @Test
  void isReadWhateverTheRecord() throws IOException {
    for (int seed = 0; seed < 200; seed++) {
      EmbeddingRecord record = Profiles.random(new Random(seed));
      Profile profile = open(VectorEncoding.FLOAT32, record, Map.of());

      GenericRecord read = read(profile, record);

      assertThat(read.get("id")).as("seed %d", seed).hasToString(String.valueOf(record.key()));
      assertThat(floats(read, "embedding")).as("seed %d", seed).isEqualTo(record.embedding());
      assertThat(read.get("page")).as("seed %d", seed).isEqualTo(record.metadata().get("page"));
    }
  }

  @Test
  void beginsWithTheIdOfItsSchemaIfItHasOne() {
    EmbeddingRecord record = named(flatRecord());
    Profile profile = open(VectorEncoding.FLOAT32, record, Map.of());

    ByteBuffer value = ByteBuffer.wrap(profile.withSchemaId(ID).value(record));

    assertThat(value.get()).isZero();
    assertThat(value.getInt()).isEqualTo(ID);
    assertThat(value.slice()).isEqualTo(ByteBuffer.wrap(profile.value(record)));
  }

  @Test
  void showsItsValuesToPeople() {
    EmbeddingRecord record = named(flatRecord());
    Profile profile = open(VectorEncoding.FLOAT32, record, Map.of());

    assertThat(new String(profile.json(profile.value(record)), StandardCharsets.UTF_8))
        .startsWith("{\"id\":\"sotu-1862-7\",\"embedding\":[")
        .contains("\"embedding_2\":[0.6,-0.8]", "\"price\":12.5", "\"streambed_tokens\":17");
  }

  @Test
  void travelsToTheTasksOfAJob() throws Exception {
    EmbeddingRecord record = named(flatRecord());
    Profile profile = open(VectorEncoding.INT8, record, Map.of()).withSchemaId(ID);
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(profile);
    }

    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(((Profile) in.readObject()).value(record)).isEqualTo(profile.value(record));
    }
  }

  @Test
  void refusesMetadataWithoutAColumn() {
    EmbeddingRecord record = Profiles.withMetadata(flatRecord(), Map.of("other", 1L));

    assertThatThrownBy(() -> open(VectorEncoding.FLOAT32, record, Map.of()).value(record))
        .isInstanceOfSatisfying(
            UnfitRecordException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNKNOWN_FIELD))
        .hasMessageContaining("Metadata has the name other, which has no type");
  }

  @Test
  void refusesNamesThatAvroDoesNotTake() {
    var dash =
        new ProfileOptions(ProfileName.FLAT, Map.of(), Map.of("price-eur", MetadataType.DOUBLE));

    assertThatThrownBy(() -> dash.openAvro(List.of()))
        .hasMessage(
            "Avro takes no field 'price-eur', but letters and digits of ASCII and underscores; give it another name in streambed.source.metadata or streambed.sink.fields");
    var renamed = new ProfileOptions(ProfileName.FLAT, Map.of("id", "7"), Map.of());
    assertThatThrownBy(() -> renamed.openAvro(List.of())).hasMessageStartingWith("Avro takes no");
  }

  private static Profile open(
      VectorEncoding encoding, EmbeddingRecord record, Map<String, String> fields) {
    return options(encoding, fields).openAvro(Profiles.vectors(record));
  }

  private static ProfileOptions options(VectorEncoding encoding, Map<String, String> fields) {
    Map<String, MetadataType> types = new HashMap<>(Profiles.types(ProfileName.CONNECT_JSON));
    types.remove("日本");
    return new ProfileOptions(ProfileName.FLAT, encoding, fields, types);
  }

  /** With names of metadata that Avro takes. */
  private static EmbeddingRecord named(EmbeddingRecord record) {
    Map<String, @Nullable Object> metadata = new HashMap<>(record.metadata());
    metadata.remove("日本");
    return Profiles.withMetadata(record, metadata);
  }

  private static GenericRecord read(Profile profile, EmbeddingRecord record) throws IOException {
    Schema schema = new Schema.Parser().parse(Objects.requireNonNull(profile.schema()));
    byte[] value = profile.value(record);
    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(value, null);
    var read = new GenericDatumReader<GenericData.Record>(schema).read(null, decoder);
    assertThat(decoder.isEnd()).isTrue();
    return read;
  }

  private static float[] floats(GenericRecord record, String field) {
    List<?> list = (List<?>) record.get(field);
    float[] floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (Float) list.get(i);
    }
    return floats;
  }
}
