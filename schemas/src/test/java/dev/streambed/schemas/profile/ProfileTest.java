package dev.streambed.schemas.profile;

import static dev.streambed.schemas.profile.Profiles.flatRecord;
import static dev.streambed.schemas.profile.Profiles.open;
import static dev.streambed.schemas.profile.Profiles.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.Records;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Tests the promises of all profiles. */
class ProfileTest {

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void followsItsPublishedSchema(ProfileName name) throws IOException {
    JsonSchema schema = schema(name);

    for (int seed = 0; seed < 100; seed++) {
      EmbeddingRecord record = Profiles.fitting(name, Profiles.random(new Random(seed)));
      String value = text(open(name, record).value(record));
      assertThat(schema.validate(value, InputFormat.JSON)).as("seed %d: %s", seed, value).isEmpty();
    }
    assertThat(schema.validate("{}", InputFormat.JSON)).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void givesAChunkAnIdOfItsOwn(ProfileName name) throws IOException {
    EmbeddingRecord whole = Profiles.fitting(name, flatRecord());
    EmbeddingRecord chunk = Records.withChunk(whole, new ChunkOfText(3, 5, 120, 240));
    var options = new ProfileOptions(name, Map.of(), Profiles.types(name));
    Profile profile = options.ofChunks().open("articles", Profiles.vectors(whole));

    String value = text(profile.value(chunk));

    assertThat(schema(name).validate(value, InputFormat.JSON)).as(value).isEmpty();
    assertThat(value)
        .contains(
            "\"sotu-1862-7#3\"",
            "\"streambed_document\":\"sotu-1862-7\",\"streambed_chunk_index\":3,\"streambed_chunk_count\":5,\"streambed_chunk_start\":120,\"streambed_chunk_end\":240");
    assertThat(text(open(name, whole).value(whole))).doesNotContain("streambed_chunk");
  }

  @Test
  void writesVectorsInEachEncodingThatItTakes() throws IOException {
    for (ProfileName name : ProfileName.values()) {
      EmbeddingRecord record = Profiles.fitting(name, flatRecord());
      for (VectorEncoding encoding : VectorEncoding.values()) {
        boolean isJson = encoding != VectorEncoding.FLOAT32_BYTES;
        if (name != ProfileName.CANONICAL && isJson && name.takes(encoding)) {
          var options = new ProfileOptions(name, encoding, Map.of(), Profiles.types(name));
          String value = text(options.open("articles", Profiles.vectors(record)).value(record));
          assertThat(schema(name).validate(value, InputFormat.JSON)).as(value).isEmpty();
        }
      }
    }
    var int8 = new ProfileOptions(ProfileName.FLAT, VectorEncoding.INT8, Map.of(), Map.of());
    EmbeddingRecord record = flatRecord();
    assertThat(text(int8.open("articles", Profiles.vectors(record)).value(record)))
        .contains("\"embedding_2\":[95,-127],\"streambed_scale_2\":0.0062992126,")
        .contains("\"streambed_encoding\":\"int8\"");
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void writesTheSameBytesOfTheSameRecord(ProfileName name) {
    EmbeddingRecord record = Profiles.fitting(name, flatRecord());

    assertThat(open(name, record).value(record)).isEqualTo(open(name, record).value(record));
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void travelsToTheTasksOfAJob(ProfileName name) throws Exception {
    EmbeddingRecord record = Profiles.fitting(name, flatRecord());
    Profile profile = open(name, record);
    var bytes = new ByteArrayOutputStream();
    try (var out = new ObjectOutputStream(bytes)) {
      out.writeObject(profile);
    }

    try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(((Profile) in.readObject()).value(record)).isEqualTo(profile.value(record));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void needsAKey(ProfileName name) {
    for (String key : new String[] {null, ""}) {
      EmbeddingRecord record = Profiles.withKey(Profiles.fitting(name, flatRecord()), key);
      assertThatThrownBy(() -> open(name, record).value(record))
          .isInstanceOfSatisfying(
              UnfitRecordException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING_KEY))
          .hasMessage("The record has no key, and a store needs an id.");
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "CANONICAL")
  void makesKeysIfItsNameSaysSo(ProfileName name) {
    assertThat(open(name, Profiles.fitting(name, flatRecord())).makesKeys())
        .isEqualTo(name.makesKeys());
  }

  @Test
  void refusesMetadataThatIsCalledLikeAField() {
    for (String field : List.of("id", "embedding_2", "streambed_space")) {
      EmbeddingRecord record = Profiles.withMetadata(flatRecord(), Map.of(field, "x"));
      assertThatThrownBy(() -> open(ProfileName.FLAT, record).value(record))
          .isInstanceOfSatisfying(
              UnfitRecordException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.FIELD_NAME_TAKEN))
          .hasMessage(
              "Metadata has the name %s, which is that of a field: rename either, in streambed.source.metadata or streambed.sink.fields.",
              field);
    }
  }

  @Test
  void callsFieldsAsItIsTold() {
    EmbeddingRecord record = Profiles.withMetadata(flatRecord(), Map.of("id", 7L));
    var options =
        new ProfileOptions(
            ProfileName.FLAT, Map.of("id", "doc", "embedding_2", "short", "text", "id2"), Map.of());

    assertThat(text(options.open("topic", Profiles.vectors(record)).value(record)))
        .startsWith("{\"doc\":\"sotu-1862-7\",\"embedding\":[0.1,")
        .contains(",\"short\":[0.6,-0.8],\"id2\":\"The dogmas")
        .endsWith(",\"id\":7}");
  }

  private static JsonSchema schema(ProfileName name) throws IOException {
    String file = name + ".schema.json";
    try (InputStream in = Profile.class.getResourceAsStream(file)) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(Objects.requireNonNull(in, file));
    }
  }
}
