package dev.streambed.schemas.profile;

import static dev.streambed.schemas.profile.Profiles.flatRecord;
import static dev.streambed.schemas.profile.Profiles.open;
import static dev.streambed.schemas.profile.Profiles.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests what is particular to the profile of one store. */
class StoreProfilesTest {

  // The UUIDs are those of Python's uuid.uuid5(uuid.NAMESPACE_OID, key).
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "7, 7",
    "9007199254740992, 9007199254740992",
    "9007199254740993, '\"33edfdc2-c8e7-543c-bd73-1877087abe83\"'",
    "99999999999999999999, '\"d916c551-5347-530b-ad1b-a2e64c8639f4\"'",
    "007, '\"e308c886-5cbb-55fa-9992-6e0353d0706a\"'",
    "ü, '\"b704e3d7-b35f-5eed-b433-38a8f4dcac1c\"'",
    "sotu-1862-7, '\"e28311a2-d3bc-57a6-8c02-bfa341c2e5f3\"'",
    "33edfdc2-c8e7-543c-bd73-1877087abe83, '\"33edfdc2-c8e7-543c-bd73-1877087abe83\"'",
  })
  void givesQdrantANumberOrAUuid(String key, String id) {
    EmbeddingRecord record = Profiles.withKey(flatRecord(), key);
    Profile qdrant = open(ProfileName.QDRANT, record);

    assertThat(text(qdrant.key(key)))
        .isEqualTo("{\"id\":" + id + ",\"collection_name\":\"articles\"}");
    assertThat(text(qdrant.value(record)))
        .startsWith(
            "{\"id\":" + id + ",\"collection_name\":\"articles\",\"vector\":{\"embedding\":[")
        .contains(",\"payload\":{\"id\":\"" + key + "\",");
  }

  @Test
  void givesQdrantTheDefaultVectorIfThereIsOne() {
    EmbeddingRecord record = Profiles.fitting(ProfileName.WEAVIATE, flatRecord());

    assertThat(text(open(ProfileName.QDRANT, record).value(record)))
        .contains(",\"vector\":[0.1,-0.0,1.0E10,");
  }

  @Test
  void refusesANameForQdrantsOnlyVector() {
    var options = new ProfileOptions(ProfileName.QDRANT, Map.of("embedding", "vec"), Map.of());

    assertThat(text(options.open("t", List.of("embedding_2")).key("7"))).contains("7");
    assertThatThrownBy(() -> options.open("t", List.of()))
        .hasMessage(
            "Qdrant's vector has a name only beside another; leave out embedding in streambed.sink.fields");
  }

  @ParameterizedTest
  @EnumSource(names = {"MILVUS", "WEAVIATE"})
  void writesNoNull(ProfileName name) {
    EmbeddingRecord record = Profiles.fitting(name, flatRecord());

    assertThat(record.metadata()).containsEntry("editor", null);
    assertThat(text(open(name, record).value(record))).doesNotContain("editor");
  }

  @Test
  void refusesIdsThatLuceneDoesNotTake() {
    Profile profile = open(ProfileName.OPENSEARCH, flatRecord());

    assertThat(profile.key("ü".repeat(256))).hasSize(512);
    assertThatThrownBy(() -> profile.key("ü".repeat(256) + "a"))
        .isInstanceOfSatisfying(
            UnfitRecordException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_ID))
        .hasMessage("The id has 513 bytes; the store takes up to 512.");
  }

  @Test
  void refusesWhatWeaviateDoesNotTake() {
    EmbeddingRecord one = Profiles.fitting(ProfileName.WEAVIATE, flatRecord());
    for (String name : List.of("id", "_additional", "two words", "1st", "日本", "")) {
      EmbeddingRecord record = Profiles.withMetadata(one, Map.of(name, "x"));
      assertThatThrownBy(() -> open(ProfileName.WEAVIATE, record).value(record))
          .isInstanceOfSatisfying(
              UnfitRecordException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.INVALID_FIELD_NAME));
    }
    assertThatThrownBy(() -> open(ProfileName.WEAVIATE, flatRecord()))
        .hasMessage(
            "the connector of Weaviate takes one vector; streambed.model.dimensions has several");
  }
}
