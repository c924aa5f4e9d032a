package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names of the fields of a flat record, which users may change. */
final class FieldNames implements Serializable {
  private static final long serialVersionUID = 1L;

  static final String ID = "id";
  static final String EMBEDDING = "embedding";
  static final String TEXT = "text";
  static final String SPACE = "streambed_space";
  static final String MODEL = "streambed_model";
  static final String MODEL_REVISION = "streambed_model_revision";
  static final String MODEL_DIGEST = "streambed_model_digest";
  static final String PRECISION = "streambed_precision";
  static final String PROMPT = "streambed_prompt";
  static final String TOKENS = "streambed_tokens";
  static final String TRUNCATED = "streambed_truncated";
  static final String UNKNOWN_TOKENS = "streambed_unknown_tokens";
  static final String ENCODING = "streambed_encoding";

  /** The scale of the first vector; that of another is {@link #scaleOf}. */
  static final String SCALE = "streambed_scale";

  static final String CONTENT_HASH = "streambed_content_hash";
  static final String SOURCE_TOPIC = "streambed_source_topic";
  static final String SOURCE_PARTITION = "streambed_source_partition";
  static final String SOURCE_OFFSET = "streambed_source_offset";
  static final String EVENT_TIME = "streambed_event_time";

  /** The key of the document, in the embedding of a chunk; and which chunk it is. */
  static final String DOCUMENT = "streambed_document";

  static final String CHUNK_INDEX = "streambed_chunk_index";
  static final String CHUNK_COUNT = "streambed_chunk_count";
  static final String CHUNK_START = "streambed_chunk_start";
  static final String CHUNK_END = "streambed_chunk_end";

  /** The fields of each record; vectors of other lengths come on top. */
  static final List<String> ALL =
      List.of(
          ID,
          EMBEDDING,
          TEXT,
          SPACE,
          MODEL,
          MODEL_REVISION,
          MODEL_DIGEST,
          PRECISION,
          PROMPT,
          TOKENS,
          TRUNCATED,
          UNKNOWN_TOKENS,
          ENCODING,
          SCALE,
          CONTENT_HASH,
          SOURCE_TOPIC,
          SOURCE_PARTITION,
          SOURCE_OFFSET,
          EVENT_TIME,
          DOCUMENT,
          CHUNK_INDEX,
          CHUNK_COUNT,
          CHUNK_START,
          CHUNK_END);

  private static final Pattern OTHER_VECTOR = Pattern.compile(OtherVector.NAME + "[1-9][0-9]{0,8}");

  private final Map<String, String> renamed;
  private final Set<String> taken = new HashSet<>();

  /**
   * Names of the fields of records with some vectors.
   *
   * @param renamed what fields are called instead
   * @param vectors names of the vectors of other lengths
   * @throws IllegalArgumentException if a field is unknown, or two are called the same, with a
   *     message for users
   */
  FieldNames(Map<String, String> renamed, List<String> vectors) {
    this.renamed = Map.copyOf(renamed);
    List<String> fields = new ArrayList<>(ALL);
    fields.addAll(vectors);
    vectors.forEach(vector -> fields.add(scaleOf(vector)));
    renamed.forEach((field, name) -> check(field, name, fields));
    for (String field : fields) {
      if (!taken.add(of(field))) {
        throw new IllegalArgumentException("two fields are called '%s'".formatted(of(field)));
      }
    }
  }

  /** The field of the scale of another vector: {@code streambed_scale_256} of embedding_256. */
  static String scaleOf(String vector) {
    return SCALE + vector.substring(EMBEDDING.length());
  }

  /** The names, as far as they are known while nobody knows which vectors there are. */
  static FieldNames known(Map<String, String> renamed) {
    return new FieldNames(
        renamed,
        renamed.keySet().stream()
            .map(field -> field.startsWith(SCALE) ? vectorOf(field) : field)
            .filter(field -> OTHER_VECTOR.matcher(field).matches())
            .distinct()
            .toList());
  }

  /** The vector of a scale, as {@link #scaleOf} has it. */
  private static String vectorOf(String scale) {
    return EMBEDDING + scale.substring(SCALE.length());
  }

  private static void check(String field, String name, List<String> fields) {
    if (!fields.contains(field)) {
      throw new IllegalArgumentException(
          "there is no field '%s'; the fields are %s"
              .formatted(Utf8.printable(field), String.join(", ", fields)));
    }
    if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("field '%s' has no name".formatted(field));
    }
  }

  String of(String field) {
    return renamed.getOrDefault(field, field);
  }

  /** Whether metadata may not have this name. */
  boolean isTaken(String name) {
    return taken.contains(name);
  }

  /**
   * The id of a record, which must have a key; of a chunk, its own.
   *
   * @throws UnfitRecordException if it has none
   */
  static String id(EmbeddingRecord record) {
    String document = id(record.key());
    ChunkOfText chunk = record.chunk();
    return chunk == null ? document : ChunkOfText.key(document, chunk.index());
  }

  static String id(@Nullable String id) {
    if (id == null || id.isEmpty()) {
      throw new UnfitRecordException(
          Reason.MISSING_KEY, "The record has no key, and a store needs an id.");
    }
    return id;
  }

  /**
   * Refuses metadata whose name is one of a field, which it would replace.
   *
   * @throws UnfitRecordException if it is
   */
  void checkFree(String name) {
    if (taken.contains(name)) {
      throw new UnfitRecordException(
          Reason.FIELD_NAME_TAKEN,
          "Metadata has the name %s, which is that of a field: rename either, in streambed.source.metadata or streambed.sink.fields."
              .formatted(Utf8.printable(name)));
    }
  }
}
