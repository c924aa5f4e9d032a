package dev.streambed.schemas.profile;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.streambed.schemas.json.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** The schemas of {@link ConnectJson}, as JSON. */
final class ConnectSchema {

  private static final List<String> REQUIRED_STRINGS =
      List.of(
          FieldNames.SPACE,
          FieldNames.MODEL,
          FieldNames.MODEL_REVISION,
          FieldNames.MODEL_DIGEST,
          FieldNames.CONTENT_HASH,
          FieldNames.SOURCE_TOPIC);

  private static final List<String> OPTIONAL_STRINGS =
      List.of(FieldNames.TEXT, FieldNames.PRECISION, FieldNames.PROMPT);

  private ConnectSchema() {}

  static String ofKey(FieldNames names) {
    return struct(
        json -> writeScalar(json, names.of(FieldNames.ID), "string", /* optional= */ false));
  }

  static String ofValue(
      FieldNames names, Iterable<String> vectors, SortedMap<String, MetadataType> types) {
    return struct(
        json -> {
          writeScalar(json, names.of(FieldNames.ID), "string", /* optional= */ false);
          writeVector(json, names.of(FieldNames.EMBEDDING));
          for (String vector : vectors) {
            writeVector(json, names.of(vector));
          }
          for (String field : REQUIRED_STRINGS) {
            writeScalar(json, names.of(field), "string", /* optional= */ false);
          }
          for (String field : OPTIONAL_STRINGS) {
            writeScalar(json, names.of(field), "string", /* optional= */ true);
          }
          writeScalar(json, names.of(FieldNames.TOKENS), "int32", /* optional= */ false);
          writeScalar(json, names.of(FieldNames.TRUNCATED), "boolean", /* optional= */ false);
          writeScalar(json, names.of(FieldNames.UNKNOWN_TOKENS), "int32", /* optional= */ true);
          writeScalar(json, names.of(FieldNames.SOURCE_PARTITION), "int32", /* optional= */ false);
          writeScalar(json, names.of(FieldNames.SOURCE_OFFSET), "int64", /* optional= */ false);
          writeScalar(json, names.of(FieldNames.EVENT_TIME), "int64", /* optional= */ true);
          for (Map.Entry<String, MetadataType> metadata : types.entrySet()) {
            writeMetadata(json, metadata.getKey(), metadata.getValue());
          }
        });
  }

  private static String struct(JsonText.ObjectWriter fields) {
    byte[] schema =
        JsonText.write(
            json -> {
              json.writeStringField("type", "struct");
              json.writeBooleanField("optional", false);
              json.writeArrayFieldStart("fields");
              fields.write(json);
              json.writeEndArray();
            });
    return new String(schema, StandardCharsets.UTF_8);
  }

  private static void writeMetadata(JsonGenerator json, String name, MetadataType type)
      throws IOException {
    if (type.isArray()) {
      writeArray(json, name, type.connectType(), /* optional= */ true);
    } else {
      writeScalar(json, name, type.connectType(), /* optional= */ true);
    }
  }

  private static void writeVector(JsonGenerator json, String name) throws IOException {
    writeArray(json, name, "float", /* optional= */ false);
  }

  /** The array is optional if its elements are. */
  private static void writeArray(JsonGenerator json, String name, String elements, boolean optional)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("field", name);
    json.writeStringField("type", "array");
    json.writeObjectFieldStart("items");
    json.writeStringField("type", elements);
    json.writeBooleanField("optional", optional);
    json.writeEndObject();
    json.writeBooleanField("optional", optional);
    json.writeEndObject();
  }

  private static void writeScalar(JsonGenerator json, String name, String type, boolean optional)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("field", name);
    json.writeStringField("type", type);
    json.writeBooleanField("optional", optional);
    json.writeEndObject();
  }
}
