package dev.streambed.schemas.json;

import static dev.streambed.schemas.MalformedRecordException.malformed;
import static dev.streambed.schemas.json.StrictJson.required;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Embeddings as bytes: a JSON object after {@code embedding-record.schema.json}. Version 2 is
 * written; version 1, whose metadata are strings, is read as well.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class EmbeddingRecordCodec {

  private static final int VERSION = 2;
  private static final String WHAT = "embedding record";
  private static final List<String> PROPERTIES =
      List.of(
          "schemaVersion",
          "key",
          "text",
          "embedding",
          "embedding_N",
          "dimensions",
          "space",
          "space_N",
          "tokens",
          "truncated",
          "unknownTokens",
          "model",
          "prompt",
          "contentHash",
          "source",
          "metadata",
          "eventTimeMillis");

  /** Begins the name of the address of each other vector's space; the vector's length follows. */
  private static final String OTHER_SPACE = "space_";

  private static final Pattern LENGTH = Pattern.compile("[1-9][0-9]{0,8}");

  private EmbeddingRecordCodec() {}

  /**
   * One JSON object; properties that have no value are left out. Each component of the vector is
   * the shortest decimal that reads back as the same 32 bits.
   *
   * @throws IllegalArgumentException if the record has no space, which version 2 demands
   */
  public static byte[] encodeJson(EmbeddingRecord record) {
    return JsonText.write(
        json -> {
          Provenance provenance = record.provenance();
          json.writeNumberField("schemaVersion", VERSION);
          JsonText.writeOptional(json, "key", record.key());
          JsonText.writeOptional(json, "text", record.text());
          JsonText.writeVector(json, "embedding", record.embedding());
          for (OtherVector other : record.others()) {
            JsonText.writeVector(json, other.name(), other.components());
          }
          json.writeNumberField("dimensions", record.dimensions());
          json.writeStringField("space", record.requiredSpace());
          for (OtherVector other : record.others()) {
            json.writeStringField(OTHER_SPACE + other.dimensions(), other.space());
          }
          json.writeNumberField("tokens", provenance.tokens());
          json.writeBooleanField("truncated", provenance.truncated());
          if (provenance.unknownTokens() != null) {
            json.writeNumberField("unknownTokens", provenance.unknownTokens());
          }
          json.writeObjectFieldStart("model");
          json.writeStringField("name", provenance.model().name());
          json.writeStringField("revision", provenance.model().revision());
          json.writeStringField("digest", provenance.model().digest());
          JsonText.writeOptional(json, "precision", provenance.model().precision());
          json.writeEndObject();
          JsonText.writeOptional(json, "prompt", provenance.prompt());
          json.writeStringField("contentHash", provenance.contentHash());
          JsonText.writePosition(json, "source", provenance.source());
          JsonText.writeMetadata(json, "metadata", record.metadata());
          JsonText.writeTime(json, "eventTimeMillis", record.eventTimeMillis());
        });
  }

  public static EmbeddingRecord decodeJson(byte[] value) {
    var fields = new Fields();
    StrictJson.read(value, WHAT, PROPERTIES, fields::read);
    try {
      return fields.toRecord();
    } catch (IllegalArgumentException e) {
      // The records name their parts and ranges, never content.
      throw malformed(WHAT, Reason.INVALID_VALUE, "a value is out of its range");
    }
  }

  /** The properties that were read so far. */
  private static final class Fields {
    private @Nullable Integer version;
    private @Nullable String key;
    private @Nullable String text;
    private float @Nullable [] embedding;
    private final Map<String, float[]> others = new LinkedHashMap<>();
    private final Map<String, String> otherSpaces = new HashMap<>();
    private @Nullable Integer dimensions;
    private @Nullable String space;
    private @Nullable Integer tokens;
    private @Nullable Boolean truncated;
    private @Nullable Integer unknownTokens;
    private @Nullable ModelReference model;
    private @Nullable String prompt;
    private @Nullable String contentHash;
    private @Nullable SourcePosition source;
    private @Nullable Map<String, @Nullable Object> metadata;
    private long eventTimeMillis = TextRecord.NO_EVENT_TIME;

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "schemaVersion" -> version = json.readVersion(VERSION);
        case "key" -> key = json.readOptionalString(property);
        case "text" -> text = json.readOptionalString(property);
        case "embedding" -> embedding = readVector(json, property);
        case "dimensions" -> dimensions = json.readInt(property);
        case "space" -> space = json.readString(property);
        case "tokens" -> tokens = json.readInt(property);
        case "truncated" -> truncated = json.readBoolean(property);
        case "unknownTokens" -> unknownTokens = json.readInt(property);
        case "model" -> model = readModel(json);
        case "prompt" -> prompt = json.readOptionalString(property);
        case "contentHash" -> contentHash = json.readString(property);
        case "source" -> source = JsonText.readPosition(json, property);
        case "metadata" -> metadata = json.readMetadata(property);
        case "eventTimeMillis" -> eventTimeMillis = json.readLong(property);
        default -> {
          return readOther(json, property);
        }
      }
      return true;
    }

    private boolean readOther(StrictJson json, String property) throws IOException {
      String length = property.substring(property.indexOf('_') + 1);
      if (!LENGTH.matcher(length).matches()) {
        return false;
      }
      if (property.startsWith(OtherVector.NAME)) {
        others.put(length, readVector(json, property));
      } else if (property.startsWith(OTHER_SPACE)) {
        otherSpaces.put(length, json.readString(property));
      } else {
        return false;
      }
      return true;
    }

    EmbeddingRecord toRecord() {
      if (required(version, WHAT, "schemaVersion") > 1) {
        required(space, WHAT, "space");
      }
      float[] vector = required(embedding, WHAT, "embedding");
      if (required(dimensions, WHAT, "dimensions") != vector.length) {
        throw malformed(
            WHAT,
            Reason.INVALID_VALUE,
            "dimensions is " + dimensions + " but embedding has " + vector.length + " components");
      }
      var provenance =
          new Provenance(
              required(model, WHAT, "model"),
              space,
              prompt,
              required(tokens, WHAT, "tokens"),
              required(truncated, WHAT, "truncated"),
              unknownTokens,
              required(contentHash, WHAT, "contentHash"),
              required(source, WHAT, "source"));
      return new EmbeddingRecord(
          key,
          text,
          vector,
          otherVectors(),
          provenance,
          required(metadata, WHAT, "metadata"),
          eventTimeMillis);
    }

    private List<OtherVector> otherVectors() {
      List<OtherVector> vectors = new ArrayList<>();
      others.forEach(
          (length, components) -> {
            String space = required(otherSpaces.remove(length), WHAT, OTHER_SPACE + length);
            vectors.add(new OtherVector(space, components));
            if (components.length != Integer.parseInt(length)) {
              throw malformed(
                  WHAT,
                  Reason.INVALID_VALUE,
                  OtherVector.NAME + length + " has " + components.length + " components");
            }
          });
      if (!otherSpaces.isEmpty()) {
        String length = otherSpaces.keySet().iterator().next();
        throw malformed(WHAT, Reason.MISSING_PROPERTY, OtherVector.NAME + length + " is missing");
      }
      return vectors;
    }

    private static float[] readVector(StrictJson json, String property) throws IOException {
      List<Float> components = new ArrayList<>();
      json.readArray(property, element -> components.add(element.readFloat(property)));
      float[] vector = new float[components.size()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = components.get(i);
      }
      return vector;
    }

    private static ModelReference readModel(StrictJson json) throws IOException {
      Map<String, String> model =
          json.readStrings("model", Set.of("name", "revision", "digest", "precision"));
      return new ModelReference(
          required(model.get("name"), WHAT, "model.name"),
          required(model.get("revision"), WHAT, "model.revision"),
          required(model.get("digest"), WHAT, "model.digest"),
          model.get("precision"));
    }
  }
}
