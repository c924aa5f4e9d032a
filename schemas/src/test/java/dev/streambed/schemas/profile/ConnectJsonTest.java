package dev.streambed.schemas.profile;

import static dev.streambed.schemas.profile.Profiles.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Records;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Reads values with Kafka Connect's own converter. */
class ConnectJsonTest {
  private static final JsonConverter VALUES = new JsonConverter();
  private static final JsonConverter KEYS = new JsonConverter();

  @BeforeAll
  static void configure() {
    VALUES.configure(Map.of("schemas.enable", "true"), /* isKey= */ false);
    KEYS.configure(Map.of("schemas.enable", "true"), /* isKey= */ true);
  }

  @AfterAll
  static void close() {
    VALUES.close();
    KEYS.close();
  }

  @Test
  void keepsEachBitOfTheVectors() {
    for (int seed = 0; seed < 200; seed++) {
      EmbeddingRecord record = Profiles.random(new Random(seed));

      Struct struct = value(record);
      assertThat(struct.getArray("embedding"))
          .as("seed %d", seed)
          .isEqualTo(boxed(record.embedding()));
      for (OtherVector other : record.others()) {
        assertThat(struct.getArray(other.name()))
            .as("seed %d", seed)
            .isEqualTo(boxed(other.components()));
      }
    }
    Schema vector = value(Profiles.flatRecord()).schema().field("embedding").schema();
    assertThat(vector.type()).isEqualTo(Schema.Type.ARRAY);
    assertThat(vector.valueSchema()).isEqualTo(Schema.FLOAT32_SCHEMA);
  }

  @Test
  void keepsTheRestWithItsTypes() {
    EmbeddingRecord record = withoutMixedTags();

    Struct struct = value(record);

    struct.validate();
    assertThat(struct.getString("id")).isEqualTo(record.key());
    assertThat(struct.getString("text")).isEqualTo(record.text());
    assertThat(struct.getString("streambed_space")).isEqualTo(Records.SPACE);
    assertThat(struct.getInt32("streambed_tokens")).isEqualTo(17);
    assertThat(struct.getBoolean("streambed_truncated")).isTrue();
    assertThat(struct.getInt64("streambed_source_offset")).isEqualTo(91_827);
    assertThat(struct.getInt64("streambed_event_time")).isEqualTo(record.eventTimeMillis());
    assertThat(struct.getInt64("page")).isEqualTo(-7);
    assertThat(struct.getFloat64("price")).isEqualTo(12.5);
    assertThat(struct.getBoolean("draft")).isFalse();
    assertThat(struct.getString("editor")).isNull();
    assertThat(struct.getArray("tags")).containsExactly("war", "1862", null);
  }

  @Test
  void hasOneSchemaForAllRecordsOfAJob() {
    EmbeddingRecord full = withoutMixedTags();
    EmbeddingRecord empty =
        new EmbeddingRecord(
            "k",
            null,
            full.embedding(),
            full.others(),
            full.provenance(),
            Map.of("price", 3L), // a whole number this time
            TextRecord.NO_EVENT_TIME);

    assertThat(value(empty).schema()).isEqualTo(value(full).schema());
    assertThat(value(empty).getFloat64("price")).isEqualTo(3.0);
    assertThat(value(empty).getString("text")).isNull();
    assertThat(value(empty).getInt64("streambed_event_time")).isNull();
  }

  @Test
  void hasAStructWithTheIdAsKey() {
    byte[] key = open(ProfileName.CONNECT_JSON, Profiles.flatRecord()).key("ü\"1");

    SchemaAndValue read = KEYS.toConnectData("topic", key);
    assertThat(((Struct) read.value()).getString("id")).isEqualTo("ü\"1");
    assertThat(read.schema().fields()).hasSize(1);
  }

  @Test
  void refusesMetadataThatDoNotFitTheSchema() {
    assertUnfit("page", 1.5, Reason.WRONG_TYPE, "The value of page in metadata is no long");
    assertUnfit("page", "7", Reason.WRONG_TYPE, "The value of page in metadata is no long");
    assertUnfit("page", List.of(7L), Reason.WRONG_TYPE, "The value of page in metadata is no long");
    assertUnfit("tags", "war", Reason.WRONG_TYPE, "The value of tags in metadata is no string[]");
    // 2^53 + 1 is no double
    assertUnfit("price", (1L << 53) + 1, Reason.WRONG_TYPE, "is no double");
    assertUnfit("draft", "no", Reason.WRONG_TYPE, "is no boolean");
    assertUnfit(
        "other", "x", Reason.UNKNOWN_FIELD, "Metadata has the name other, which has no type");
  }

  private static void assertUnfit(String name, Object value, Reason reason, String message) {
    EmbeddingRecord record = Profiles.withMetadata(Profiles.flatRecord(), Map.of(name, value));
    assertThatThrownBy(() -> open(ProfileName.CONNECT_JSON, record).value(record))
        .isInstanceOfSatisfying(
            UnfitRecordException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(message);
  }

  private static EmbeddingRecord withoutMixedTags() {
    Map<String, @Nullable Object> metadata = new HashMap<>(Profiles.flatRecord().metadata());
    metadata.put("tags", Arrays.asList("war", 1862L, null));
    return Profiles.withMetadata(Profiles.flatRecord(), metadata);
  }

  private static Struct value(EmbeddingRecord record) {
    byte[] value = open(ProfileName.CONNECT_JSON, record).value(record);
    return (Struct) VALUES.toConnectData("topic", value).value();
  }

  private static List<Float> boxed(float[] vector) {
    List<Float> boxed = new ArrayList<>();
    for (float component : vector) {
      boxed.add(component);
    }
    return boxed;
  }
}
