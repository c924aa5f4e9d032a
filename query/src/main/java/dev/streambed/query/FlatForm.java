package dev.streambed.query;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.VectorEncoding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings in the profiles that are JSON of one level, alone or inside of an envelope: flat,
 * connect-json, qdrant, milvus, elasticsearch, opensearch, redis-json and weaviate.
 */
final class FlatForm {
  private static final String ID = "id";
  private static final String WEAVIATE_ID = "key";
  private static final String EMBEDDING = "embedding";
  private static final String PREFIX = "streambed_";
  private static final String SPACE = PREFIX + "space";
  private static final String SCALE = PREFIX + "scale";
  private static final String CHUNK = PREFIX + "chunk";
  private static final Pattern OTHER = Pattern.compile(OtherVector.NAME + "([1-9][0-9]{0,8})");

  private final Map<String, String> names;
  private final Map<String, String> fields = new HashMap<>();
  private final SeenNames seen;

  /**
   * The forms with fields that may be called otherwise.
   *
   * @param names by field
   */
  FlatForm(Map<String, String> names) {
    this.names = names;
    this.seen = new SeenNames(names.values());
    names.forEach((field, name) -> fields.put(name, field));
  }

  /** The fields that records had, under the names that they have there. */
  SeenNames seen() {
    return seen;
  }

  EmbeddingRecord decode(JsonNode document) {
    ObjectNode flat = flatten(document);
    for (String field : List.of(EMBEDDING, SPACE)) {
      if (!flat.has(field)) {
        throw malformed(
            EmbeddingDecoder.WHAT,
            Reason.MISSING_PROPERTY,
            "it is JSON without schemaVersion and without the field %s, so it is no embedding of Streambed, or its fields have other names, which the reader must be told as streambed.sink.fields has them"
                .formatted(names.getOrDefault(field, field)));
      }
    }
    try {
      return record(flat);
    } catch (IllegalArgumentException | ArithmeticException e) {
      // The records name their parts and ranges, and quote values.
      throw malformed(EmbeddingDecoder.WHAT, Reason.INVALID_VALUE, "a value is out of its range");
    }
  }

  /** All fields on one level, under their own names. */
  private ObjectNode flatten(JsonNode document) {
    JsonNode payload = document.path("payload");
    boolean isConnect = payload.isObject() && document.path("schema").isObject();
    boolean isPoint = payload.isObject() && document.has("vector");
    ObjectNode flat = (isConnect || isPoint ? payload : document).deepCopy();
    if (isPoint) {
      JsonNode vector = document.path("vector");
      if (vector instanceof ObjectNode named) {
        flat.setAll(named);
      } else {
        flat.set(names.getOrDefault(EMBEDDING, EMBEDDING), vector);
      }
    }
    seen.add(flat::fieldNames);
    ObjectNode renamed = flat.objectNode();
    for (Map.Entry<String, JsonNode> each : flat.properties()) {
      renamed.set(fields.getOrDefault(each.getKey(), each.getKey()), each.getValue());
    }
    if (!renamed.has(ID) && renamed.has(WEAVIATE_ID)) {
      renamed.set(ID, renamed.remove(WEAVIATE_ID));
    }
    return renamed;
  }

  private static EmbeddingRecord record(ObjectNode flat) {
    VectorSpace space = VectorSpace.parse(flat.path(SPACE).asText());
    VectorEncoding encoding =
        flat.has(PREFIX + "encoding")
            ? VectorEncoding.ofName(text(flat, PREFIX + "encoding", ""))
            : VectorEncoding.FLOAT32;
    Set<String> taken = new HashSet<>(Set.of(ID, EMBEDDING, "text"));
    List<OtherVector> others = new ArrayList<>();
    for (Iterator<String> each = flat.fieldNames(); each.hasNext(); ) {
      String field = each.next();
      var other = OTHER.matcher(field);
      if (other.matches() && isVector(flat.get(field))) {
        int dimensions = Integer.parseInt(other.group(1));
        taken.add(field);
        others.add(
            new OtherVector(
                space.withDimensions(dimensions).toString(),
                vector(flat, field, SCALE + "_" + dimensions, encoding, dimensions)));
      } else if (field.startsWith(PREFIX)) {
        taken.add(field);
      }
    }
    ChunkOfText chunk = flat.path(CHUNK + "_index").isNumber() ? chunk(flat) : null;
    return new EmbeddingRecord(
        optional(flat, chunk == null ? ID : PREFIX + "document"),
        optional(flat, "text"),
        vector(flat, EMBEDDING, SCALE, encoding, space.dimensions()),
        others,
        provenance(flat, space),
        metadata(flat, taken),
        flat.path(PREFIX + "event_time").asLong(TextRecord.NO_EVENT_TIME),
        chunk);
  }

  private static ChunkOfText chunk(ObjectNode flat) {
    return new ChunkOfText(
        flat.path(CHUNK + "_index").asInt(),
        flat.path(CHUNK + "_count").asInt(),
        flat.path(CHUNK + "_start").asInt(),
        flat.path(CHUNK + "_end").asInt());
  }

  /** Metadata may be called as vectors of other lengths are, where a job writes none. */
  private static boolean isVector(JsonNode value) {
    return value.isTextual() || (value.isArray() && value.size() > 0 && value.get(0).isNumber());
  }

  private static Provenance provenance(ObjectNode flat, VectorSpace space) {
    JsonNode unknown = flat.path(PREFIX + "unknown_tokens");
    return new Provenance(
        new ModelReference(
            text(flat, PREFIX + "model", ""),
            text(flat, PREFIX + "model_revision", ""),
            text(flat, PREFIX + "model_digest", ""),
            optional(flat, PREFIX + "precision")),
        space.toString(),
        optional(flat, PREFIX + "prompt"),
        flat.path(PREFIX + "tokens").asInt(),
        flat.path(PREFIX + "truncated").asBoolean(),
        unknown.isNumber() ? (Integer) unknown.asInt() : null,
        text(flat, PREFIX + "content_hash", ""),
        new SourcePosition(
            text(flat, PREFIX + "source_topic", ""),
            flat.path(PREFIX + "source_partition").asInt(),
            flat.path(PREFIX + "source_offset").asLong()));
  }

  private static float[] vector(
      ObjectNode flat, String field, String scale, VectorEncoding encoding, int dimensions) {
    if (encoding == VectorEncoding.FLOAT32) {
      return checked(Vectors.numbers(flat.path(field)), dimensions);
    }
    float factor = flat.has(scale) ? flat.path(scale).decimalValue().floatValue() : 1;
    return Vectors.decode(encoding, Vectors.bytes(flat.path(field)), factor, dimensions);
  }

  private static float[] checked(float[] vector, int dimensions) {
    if (vector.length != dimensions) {
      throw new IllegalArgumentException("The vector is not as long as its space says.");
    }
    return vector;
  }

  private static Map<String, @Nullable Object> metadata(ObjectNode flat, Set<String> taken) {
    Map<String, @Nullable Object> metadata = new HashMap<>();
    for (Map.Entry<String, JsonNode> each : flat.properties()) {
      if (!taken.contains(each.getKey())) {
        metadata.put(each.getKey(), value(each.getValue()));
      }
    }
    return metadata;
  }

  private static @Nullable Object value(JsonNode value) {
    if (value.isArray()) {
      List<@Nullable Object> list = new ArrayList<>();
      value.forEach(each -> list.add(value(each)));
      return list;
    }
    return switch (value.getNodeType()) {
      case STRING -> value.asText();
      case NUMBER ->
          value.isIntegralNumber()
              ? (Object) value.bigIntegerValue().longValueExact()
              : number(value);
      case BOOLEAN -> value.asBoolean();
      case NULL -> null;
      default -> throw new IllegalArgumentException("Metadata are no objects.");
    };
  }

  private static Double number(JsonNode value) {
    return value.asDouble();
  }

  private static @Nullable String optional(ObjectNode flat, String field) {
    JsonNode value = flat.path(field);
    return value.isTextual() ? value.asText() : null;
  }

  private static String text(ObjectNode flat, String field, String otherwise) {
    String value = optional(flat, field);
    return value == null ? otherwise : value;
  }
}
