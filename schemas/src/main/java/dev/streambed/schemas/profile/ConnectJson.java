package dev.streambed.schemas.profile;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.json.JsonText;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A flat record with its schema, as Kafka Connect's JsonConverter reads it. The schema is the same
 * for all records of a job, as sinks change tables by it (docs/decisions/0113).
 */
final class ConnectJson implements Profile {
  private static final long serialVersionUID = 1L;

  private final FieldNames names;
  private final FlatFields fields;
  private final SortedMap<String, MetadataType> types;
  private final String keySchema;
  private final String valueSchema;

  /**
   * The profile of records with some vectors.
   *
   * @param types of all metadata, by name
   */
  ConnectJson(FieldNames names, Iterable<String> vectors, Map<String, MetadataType> types) {
    this.names = names;
    this.fields = new FlatFields(names);
    this.types = new TreeMap<>(types);
    this.keySchema = ConnectSchema.ofKey(names);
    this.valueSchema = ConnectSchema.ofValue(names, vectors, this.types);
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
    return envelope(
        valueSchema,
        json -> {
          fields.writeId(json, record);
          fields.writeVectors(json, record);
          fields.writeTextAndProvenance(json, record);
          for (Map.Entry<String, @Nullable Object> entry : record.metadata().entrySet()) {
            writeTyped(json, entry.getKey(), entry.getValue());
          }
        });
  }

  private void writeTyped(JsonGenerator json, String name, @Nullable Object value)
      throws IOException {
    MetadataType type = types.get(name);
    if (type == null) {
      names.checkFree(name);
      throw new UnfitRecordException(
          Reason.UNKNOWN_FIELD,
          "Metadata has the name %s, which has no type: give it one in streambed.sink.metadata-types."
              .formatted(Utf8.printable(name)));
    }
    json.writeFieldName(name);
    JsonText.writeValue(json, type.of(value, name));
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
