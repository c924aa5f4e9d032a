package dev.streambed.query;

import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.MetadataType;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Embeddings with metadata of each type, that each profile has a form for. */
final class Samples {
  static final VectorSpace SPACE = new VectorSpace("tiny", "cd".repeat(6), "mean", 19);
  private static final String DIGEST = "ab".repeat(32);

  private Samples() {}

  static EmbeddingRecord record(Random random, List<Integer> otherLengths) {
    Map<String, @Nullable Object> metadata = new HashMap<>();
    metadata.put("page", random.nextLong());
    metadata.put("price", random.nextGaussian());
    metadata.put("draft", random.nextBoolean());
    metadata.put("editor", null);
    metadata.put("tags", List.of("war", "ä\n" + random.nextInt()));
    String text = "text \"" + random.nextInt() + "\" \uD83D\uDE00";
    return new EmbeddingRecord(
        random.nextBoolean() ? "key-" + random.nextInt() : null,
        random.nextBoolean() ? text : null,
        vector(random, SPACE.dimensions()),
        otherLengths.stream()
            .map(
                length ->
                    new OtherVector(
                        SPACE.withDimensions(length).toString(), vector(random, length)))
            .toList(),
        new Provenance(
            new ModelReference("tiny", "1", DIGEST, random.nextBoolean() ? "fp32" : null),
            SPACE.toString(),
            random.nextBoolean() ? "passage" : null,
            3,
            random.nextBoolean(),
            random.nextBoolean() ? (Integer) 2 : null,
            Provenance.contentHash(text),
            new SourcePosition("texts", 3, random.nextInt(1000))),
        metadata,
        random.nextBoolean() ? 1_700_000_000_000L : Long.MIN_VALUE,
        random.nextBoolean() ? new ChunkOfText(1, 3, 10, 20) : null);
  }

  private static float[] vector(Random random, int length) {
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  /** As the record is after its vectors went through an encoding. */
  static EmbeddingRecord through(VectorEncoding encoding, EmbeddingRecord record) {
    return new EmbeddingRecord(
        record.key(),
        record.text(),
        EncodedVector.of(record.embedding(), encoding).vector(record.dimensions()),
        record.others().stream()
            .map(
                other ->
                    new OtherVector(
                        other.space(),
                        EncodedVector.of(other.components(), encoding).vector(other.dimensions())))
            .toList(),
        record.provenance(),
        record.metadata(),
        record.eventTimeMillis(),
        record.chunk());
  }

  static EmbeddingRecord withKey(EmbeddingRecord record) {
    return with(record, "key-7", record.metadata());
  }

  /** Some profiles leave out metadata that are null. */
  static EmbeddingRecord withoutNulls(ProfileName name, EmbeddingRecord record) {
    boolean leavesOut =
        switch (name) {
          case MILVUS, WEAVIATE, CONNECT_JSON -> true;
          case CANONICAL, FLAT, QDRANT, ELASTICSEARCH, OPENSEARCH, REDIS_JSON -> false;
        };
    Map<String, @Nullable Object> metadata = new HashMap<>(record.metadata());
    if (leavesOut) {
      metadata.values().removeIf(value -> value == null);
    }
    return with(record, record.key(), metadata);
  }

  private static EmbeddingRecord with(
      EmbeddingRecord record, @Nullable String key, Map<String, @Nullable Object> metadata) {
    return new EmbeddingRecord(
        key,
        record.text(),
        record.embedding(),
        record.others(),
        record.provenance(),
        metadata,
        record.eventTimeMillis(),
        record.chunk());
  }

  static Map<String, MetadataType> types(ProfileName name) {
    return name != ProfileName.CONNECT_JSON
        ? Map.of()
        : Map.of(
            "page", MetadataType.LONG,
            "price", MetadataType.DOUBLE,
            "draft", MetadataType.BOOLEAN,
            "editor", MetadataType.STRING,
            "tags", MetadataType.STRINGS);
  }

  /** The options of a job that writes such a record. */
  static ProfileOptions options(
      ProfileName name,
      VectorEncoding encoding,
      Map<String, String> fields,
      EmbeddingRecord record) {
    var options = new ProfileOptions(name, encoding, fields, types(name));
    return record.chunk() == null ? options : options.ofChunks();
  }

  static List<String> names(EmbeddingRecord record) {
    return record.others().stream().map(OtherVector::name).toList();
  }
}
