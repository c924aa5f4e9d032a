package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.json.JsonText;
import dev.streambed.schemas.profile.ProfileOptions.Parts;
import java.util.Map;

/** A flat record with its schema, as Kafka Connect's JsonConverter reads it. */
final class ConnectJson implements Profile {
  private static final long serialVersionUID = 1L;

  private final FieldNames names;
  private final FlatColumns columns;
  private final String keySchema;
  private final String valueSchema;

  /**
   * The profile of records with some vectors.
   *
   * @param types of all metadata, by name
   */
  ConnectJson(
      FieldNames names, Iterable<String> vectors, Map<String, MetadataType> types, Parts parts) {
    this.names = names;
    this.columns = new FlatColumns(names, vectors, VectorEncoding.FLOAT32, types, parts);
    this.keySchema = ConnectSchema.ofKey(names);
    this.valueSchema = ConnectSchema.of(columns.list());
  }

  @Override
  public boolean makesKeys() {
    return true;
  }

  @Override
  public byte[] key(String id) {
    return envelope(
        keySchema, json -> json.writeStringField(names.of(FieldNames.ID), FieldNames.id(id)));
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    columns.checkMetadata(record);
    return envelope(
        valueSchema,
        json -> {
          for (Column column : columns.list()) {
            Object value = column.value().of(record);
            if (value instanceof float[] vector) {
              JsonText.writeVector(json, column.name(), vector);
            } else if (value != null) {
              json.writeFieldName(column.name());
              JsonText.writeValue(json, value);
            }
          }
        });
  }

  private static byte[] envelope(String schema, JsonText.ObjectWriter payload) {
    return JsonText.write(
        json -> {
          json.writeFieldName("schema");
          json.writeRawValue(schema);
          json.writeObjectFieldStart("payload");
          payload.write(json);
          json.writeEndObject();
        });
  }
}
