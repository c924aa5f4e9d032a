package dev.streambed.schemas.json;

import static dev.streambed.schemas.MalformedRecordException.malformed;
import static dev.streambed.schemas.json.StrictJson.required;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.VectorEncoding;
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
          "encoding",
          "scale",
          "scale_N",
          "space",
          "space_N",
          "tokens",
          "truncated",
          "unknownTokens",
          "model",
          "prompt",
          "contentHash",
          "source",
          "chunk",
          "metadata",
          "eventTimeMillis");

  /** Begins the name of the address of each other vector's space; the vector's length follows. */
  private static final String OTHER_SPACE = "space_";

  private static final String ENCODING = "encoding";
  private static final String SCALE = "scale";

  /** Begins the name of the scale of each other vector. */
  private static final String OTHER_SCALE = "scale_";

  private static final Pattern LENGTH = Pattern.compile("[1-9][0-9]{0,8}");

  private EmbeddingRecordCodec() {}

  /**
   * One JSON object; properties that have no value are left out. Each component of the vector is
   * the shortest decimal that reads back as the same 32 bits.
   *
   * @throws IllegalArgumentException if the record has no space, which version 2 demands
   */
  public static byte[] encodeJson(EmbeddingRecord record) {
    return encodeJson(record, VectorEncoding.FLOAT32);
  }

  /**
   * The same with vectors in an encoding, which the record names.
   *
   * @throws IllegalArgumentException if the record has no space, or JSON no such vectors
   */
  public static byte[] encodeJson(EmbeddingRecord record, VectorEncoding encoding) {
    return JsonText.write(
        json -> {
          Provenance provenance = record.provenance();
          json.writeNumberField("schemaVersion", VERSION);
          JsonText.writeOptional(json, "key", record.key());
          JsonText.writeOptional(json, "text", record.text());
          JsonText.writeVector(json, "embedding", SCALE, record.embedding(), encoding);
          for (OtherVector other : record.others()) {
            String scale = OTHER_SCALE + other.dimensions();
            JsonText.writeVector(json, other.name(), scale, other.components(), encoding);
          }
          json.writeNumberField("dimensions", record.dimensions());
          if (encoding != VectorEncoding.FLOAT32) {
            json.writeStringField(ENCODING, encoding.toString());
          }
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
          JsonText.writeChunk(json, "chunk", record.chunk());
          JsonText.writeMetadata(json, "metadata", record.metadata());
          JsonText.writeTime(json, "eventTimeMillis", record.eventTimeMillis());
        });
  }

  /**
   * Reads a record of any encoding. A vector of a lossy one is near the vector that was written;
   * see {@link EncodedVector#vector}.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if the bytes are something else
   */
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
    private @Nullable VectorJson embedding;
    private final Map<String, VectorJson> others = new LinkedHashMap<>();
    private VectorEncoding encoding = VectorEncoding.FLOAT32;
    private @Nullable Float scale;
    private final Map<String, Float> otherScales = new HashMap<>();
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
    private @Nullable ChunkOfText chunk;
    private @Nullable Map<String, @Nullable Object> metadata;
    private long eventTimeMillis = TextRecord.NO_EVENT_TIME;

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "schemaVersion" -> version = json.readVersion(VERSION);
        case "key" -> key = json.readOptionalString(property);
        case "text" -> text = json.readOptionalString(property);
        case "embedding" -> embedding = VectorJson.read(json, property);
        case "dimensions" -> dimensions = json.readInt(property);
        case ENCODING -> encoding = VectorEncoding.ofName(json.readString(property));
        case SCALE -> scale = json.readFloat(property);
        case "space" -> space = json.readString(property);
        case "tokens" -> tokens = json.readInt(property);
        case "truncated" -> truncated = json.readBoolean(property);
        case "unknownTokens" -> unknownTokens = json.readInt(property);
        case "model" -> model = readModel(json);
        case "prompt" -> prompt = json.readOptionalString(property);
        case "contentHash" -> contentHash = json.readString(property);
        case "source" -> source = JsonText.readPosition(json, property);
        case "chunk" -> chunk = JsonText.readChunk(json, property);
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
        others.put(length, VectorJson.read(json, property));
      } else if (property.startsWith(OTHER_SPACE)) {
        otherSpaces.put(length, json.readString(property));
      } else if (property.startsWith(OTHER_SCALE)) {
        otherScales.put(length, json.readFloat(property));
      } else {
        return false;
      }
      return true;
    }

    EmbeddingRecord toRecord() {
      if (required(version, WHAT, "schemaVersion") > 1) {
        required(space, WHAT, "space");
      }
      float[] vector =
          required(embedding, WHAT, "embedding")
              .decode(encoding, scale, required(dimensions, WHAT, "dimensions"));
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
          eventTimeMillis,
          chunk);
    }

    private List<OtherVector> otherVectors() {
      List<OtherVector> vectors = new ArrayList<>();
      others.forEach(
          (length, other) -> {
            String space = required(otherSpaces.remove(length), WHAT, OTHER_SPACE + length);
            Float otherScale = otherScales.remove(length);
            vectors.add(
                new OtherVector(
                    space, other.decode(encoding, otherScale, Integer.parseInt(length))));
          });
      refuseRest(otherSpaces.keySet());
      refuseRest(otherScales.keySet());
      return vectors;
    }

    private static void refuseRest(Set<String> lengths) {
      for (String length : lengths) {
        throw malformed(WHAT, Reason.MISSING_PROPERTY, OtherVector.NAME + length + " is missing");
      }
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
