package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.Records;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Profiles for tests, and records that fit them. */
final class Profiles {
  private static final Map<String, MetadataType> TYPES =
      Map.of(
          "year", MetadataType.STRING,
          "president", MetadataType.STRING,
          "日本", MetadataType.STRING,
          "page", MetadataType.LONG,
          "price", MetadataType.DOUBLE,
          "draft", MetadataType.BOOLEAN,
          "editor", MetadataType.STRING,
          "tags", MetadataType.STRINGS,
          "none", MetadataType.LONGS);

  private Profiles() {}

  static Profile open(ProfileName name, EmbeddingRecord record) {
    return new ProfileOptions(name, Map.of(), types(name)).open("articles", vectors(record));
  }

  static Map<String, MetadataType> types(ProfileName name) {
    return name == ProfileName.CONNECT_JSON ? TYPES : Map.of();
  }

  /** A record that the profile has a form for. */
  static EmbeddingRecord fitting(ProfileName name, EmbeddingRecord record) {
    if (name != ProfileName.WEAVIATE) {
      return record;
    }
    Map<String, @Nullable Object> metadata = new HashMap<>(record.metadata());
    metadata.remove("日本");
    return new EmbeddingRecord(
        record.key(),
        record.text(),
        record.embedding(),
        record.provenance(),
        metadata,
        record.eventTimeMillis());
  }

  static List<String> vectors(EmbeddingRecord record) {
    return record.others().stream().map(OtherVector::name).toList();
  }

  /** With vectors of three lengths, and metadata of all types. */
  static EmbeddingRecord flatRecord() {
    return Records.embeddingOfSeveralLengths();
  }

  /** With any vectors and texts, and metadata that each profile has a form for. */
  static EmbeddingRecord random(Random random) {
    EmbeddingRecord any = Records.randomEmbedding(random);
    Map<String, @Nullable Object> metadata = new HashMap<>();
    metadata.put("price", random.nextBoolean() ? random.nextGaussian() : null);
    metadata.put("page", random.nextLong());
    metadata.put("editor", Records.randomString(random, 0));
    Provenance of = any.provenance();
    return new EmbeddingRecord(
        Records.randomString(random, 1),
        any.text(),
        any.embedding(),
        any.others(),
        new Provenance(
            of.model(),
            Records.SPACE,
            of.prompt(),
            of.tokens(),
            of.truncated(),
            of.unknownTokens(),
            of.contentHash(),
            of.source()),
        metadata,
        any.eventTimeMillis());
  }

  static EmbeddingRecord withKey(EmbeddingRecord record, @Nullable String key) {
    return copy(record, key, record.metadata());
  }

  static EmbeddingRecord withMetadata(
      EmbeddingRecord record, Map<String, @Nullable Object> metadata) {
    return copy(record, record.key(), metadata);
  }

  private static EmbeddingRecord copy(
      EmbeddingRecord record, @Nullable String key, Map<String, @Nullable Object> metadata) {
    return new EmbeddingRecord(
        key,
        record.text(),
        record.embedding(),
        record.others(),
        record.provenance(),
        metadata,
        record.eventTimeMillis());
  }

  static String text(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }
}
