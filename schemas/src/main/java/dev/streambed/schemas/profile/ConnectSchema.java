package dev.streambed.schemas.profile;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.streambed.schemas.json.JsonText;
import dev.streambed.schemas.profile.Column.ValueType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The schemas of {@link ConnectJson}, as JSON. */
final class ConnectSchema {

  private ConnectSchema() {}

  static String ofKey(FieldNames names) {
    return of(
        List.of(
            Column.required(names.of(FieldNames.ID), ValueType.STRING, record -> record.key())));
  }

  static String of(List<Column> columns) {
    byte[] schema =
        JsonText.write(
            json -> {
              json.writeStringField("type", "struct");
              json.writeBooleanField("optional", false);
              json.writeArrayFieldStart("fields");
              for (Column column : columns) {
                write(json, column);
              }
              json.writeEndArray();
            });
    return new String(schema, StandardCharsets.UTF_8);
  }

  /** An array is optional if its elements are. */
  private static void write(JsonGenerator json, Column column) throws IOException {
    json.writeStartObject();
    json.writeStringField("field", column.name());
    if (column.isArray()) {
      json.writeStringField("type", "array");
      json.writeObjectFieldStart("items");
      json.writeStringField("type", column.type().connect());
      json.writeBooleanField("optional", column.isOptional());
      json.writeEndObject();
    } else {
      json.writeStringField("type", column.type().connect());
    }
    json.writeBooleanField("optional", column.isOptional());
    json.writeEndObject();
  }
}
