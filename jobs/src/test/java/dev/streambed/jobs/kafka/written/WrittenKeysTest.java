package dev.streambed.jobs.kafka.written;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.kafka.written.WrittenKeys.Place;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.KeyText;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WrittenKeysTest {
  private static final Profile CANONICAL = EmbeddingFormat.JSON.with(VectorEncoding.FLOAT32);

  /** Keys of the source: text, and bytes that are none. */
  private static final List<byte[]> SOURCE_KEYS =
      List.of(
          "a".getBytes(UTF_8),
          "a#1".getBytes(UTF_8),
          "grün \"x\"".getBytes(UTF_8),
          new byte[] {1, -1});

  @ParameterizedTest
  @EnumSource(
      value = ProfileName.class,
      names = {"CONNECT_JSON", "ELASTICSEARCH", "OPENSEARCH", "REDIS_JSON", "WEAVIATE"})
  void findsTheKeyOfTheSourceInTheKeysThatAProfileMakes(ProfileName name) {
    Profile profile = new ProfileOptions(name, Map.of("id", "doc"), Map.of()).open("t", List.of());
    for (byte[] key : SOURCE_KEYS) {
      String id = Objects.requireNonNull(KeyText.of(key));

      Place whole = new WrittenKeys(name, profile, /* splits= */ false).place(profile.key(id));
      Place chunk =
          new WrittenKeys(name, profile, /* splits= */ true)
              .place(profile.key(ChunkOfText.key(id, 12)));

      assertThat(Objects.requireNonNull(whole).key()).isEqualTo(key);
      assertThat(whole.id()).isEqualTo(id);
      assertThat(whole.chunk()).isNull();
      assertThat(Objects.requireNonNull(chunk).key()).isEqualTo(key);
      assertThat(chunk.id()).isEqualTo(id);
      assertThat(chunk.chunk()).isEqualTo(12);
    }
  }

  @Test
  void takesTheKeysOfOtherProfilesAsTheyAre() {
    for (byte[] key : SOURCE_KEYS) {
      Place place =
          new WrittenKeys(ProfileName.CANONICAL, CANONICAL, /* splits= */ false).place(key);

      assertThat(Objects.requireNonNull(place).key()).isEqualTo(key);
      assertThat(place.id()).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({"a#0, 0", "a#b#10, 10", "#1, 1", "a, ", "a#, ", "a#01, ", "a#1b, ", "a#1234567890, "})
  void knowsTheKeysOfChunks(String key, @Nullable Integer chunk) {
    Place place =
        new WrittenKeys(ProfileName.CANONICAL, CANONICAL, /* splits= */ true)
            .place(key.getBytes(UTF_8));

    assertThat(place == null ? null : place.chunk()).isEqualTo(chunk);
  }

  @ParameterizedTest
  @CsvSource({"null", "{}", "'{\"payload\":{}}'", "'{\"payload\":{\"id\":1}}'", "'{\"payload\":'"})
  void noKeyOfConnectIsNone(String key) {
    var keys = new WrittenKeys(ProfileName.CONNECT_JSON, CANONICAL, /* splits= */ false);

    assertThat(keys.place(key.getBytes(UTF_8))).isNull();
    assertThat(keys.place(null)).isNull();
  }

  /** All chunks of a document are where its key alone would be. */
  @Test
  void findsThePartitionOfAKey() {
    Profile connect =
        new ProfileOptions(ProfileName.CONNECT_JSON, Map.of(), Map.of()).open("t", List.of());
    for (String id : List.of("a", "b", "a#1", "grün", "other")) {
      for (boolean splits : new boolean[] {false, true}) {
        var canonical = new WrittenKeys(ProfileName.CANONICAL, CANONICAL, splits);
        var ofConnect = new WrittenKeys(ProfileName.CONNECT_JSON, connect, splits);
        String written = splits ? ChunkOfText.key(id, 12) : id;

        assertThat(partition(canonical, written.getBytes(UTF_8)))
            .isEqualTo(BuiltInPartitioner.partitionForKey(id.getBytes(UTF_8), 7));
        assertThat(partition(ofConnect, connect.key(written)))
            .isEqualTo(BuiltInPartitioner.partitionForKey(connect.key(id), 7));
      }
    }
  }

  private static int partition(WrittenKeys keys, byte[] key) {
    return keys.partition(Objects.requireNonNull(keys.place(key)), key, /* partitions= */ 7);
  }
}
