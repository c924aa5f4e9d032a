package dev.streambed.schemas.profile;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.json.JsonText;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;

/** Writes the parts of a record as fields of one level. */
final class FlatFields implements Serializable {
  private static final long serialVersionUID = 1L;

  private final FieldNames names;
  private final VectorEncoding encoding;

  FlatFields(FieldNames names, VectorEncoding encoding) {
    this.names = names;
    this.encoding = encoding;
  }

  /** All fields, as a JSON object. */
  byte[] object(EmbeddingRecord record) {
    return JsonText.write(
        json -> {
          writeAllButMetadata(json, record);
          writeMetadata(json, record);
        });
  }

  /** All fields but metadata that are null. */
  byte[] objectWithoutNulls(EmbeddingRecord record) {
    return JsonText.write(
        json -> {
          writeAllButMetadata(json, record);
          writePresentMetadata(json, record);
        });
  }

  private void writeAllButMetadata(JsonGenerator json, EmbeddingRecord record) throws IOException {
    writeId(json, record);
    writeVectors(json, record);
    writeTextAndProvenance(json, record);
  }

  void writeId(JsonGenerator json, EmbeddingRecord record) throws IOException {
    json.writeStringField(names.of(FieldNames.ID), FieldNames.id(record));
  }

  void writeVectors(JsonGenerator json, EmbeddingRecord record) throws IOException {
    writeVector(json, FieldNames.EMBEDDING, FieldNames.SCALE, record.embedding());
    for (OtherVector other : record.others()) {
      writeVector(json, other.name(), FieldNames.scaleOf(other.name()), other.components());
    }
    if (encoding != VectorEncoding.FLOAT32) {
      json.writeStringField(names.of(FieldNames.ENCODING), encoding.toString());
    }
  }

  private void writeVector(JsonGenerator json, String field, String scale, float[] vector)
      throws IOException {
    JsonText.writeVector(json, names.of(field), names.of(scale), vector, encoding);
  }

  /** The fields except id, vectors and metadata; absent ones are left out. */
  void writeTextAndProvenance(JsonGenerator json, EmbeddingRecord record) throws IOException {
    Provenance provenance = record.provenance();
    JsonText.writeOptional(json, names.of(FieldNames.TEXT), record.text());
    json.writeStringField(names.of(FieldNames.SPACE), record.requiredSpace());
    json.writeStringField(names.of(FieldNames.MODEL), provenance.model().name());
    json.writeStringField(names.of(FieldNames.MODEL_REVISION), provenance.model().revision());
    json.writeStringField(names.of(FieldNames.MODEL_DIGEST), provenance.model().digest());
    JsonText.writeOptional(json, names.of(FieldNames.PRECISION), provenance.model().precision());
    JsonText.writeOptional(json, names.of(FieldNames.PROMPT), provenance.prompt());
    json.writeNumberField(names.of(FieldNames.TOKENS), provenance.tokens());
    json.writeBooleanField(names.of(FieldNames.TRUNCATED), provenance.truncated());
    if (provenance.unknownTokens() != null) {
      json.writeNumberField(names.of(FieldNames.UNKNOWN_TOKENS), provenance.unknownTokens());
    }
    json.writeStringField(names.of(FieldNames.CONTENT_HASH), provenance.contentHash());
    json.writeStringField(names.of(FieldNames.SOURCE_TOPIC), provenance.source().topic());
    json.writeNumberField(names.of(FieldNames.SOURCE_PARTITION), provenance.source().partition());
    json.writeNumberField(names.of(FieldNames.SOURCE_OFFSET), provenance.source().offset());
    JsonText.writeTime(json, names.of(FieldNames.EVENT_TIME), record.eventTimeMillis());
    ChunkOfText chunk = record.chunk();
    if (chunk != null) {
      JsonText.writeOptional(json, names.of(FieldNames.DOCUMENT), record.key());
      json.writeNumberField(names.of(FieldNames.CHUNK_INDEX), chunk.index());
      json.writeNumberField(names.of(FieldNames.CHUNK_COUNT), chunk.count());
      json.writeNumberField(names.of(FieldNames.CHUNK_START), chunk.startChar());
      json.writeNumberField(names.of(FieldNames.CHUNK_END), chunk.endChar());
    }
  }

  /**
   * Metadata with the types that they have.
   *
   * @throws UnfitRecordException if a name is that of a field
   */
  void writeMetadata(JsonGenerator json, EmbeddingRecord record) throws IOException {
    for (Map.Entry<String, ?> entry : record.metadata().entrySet()) {
      write(json, entry);
    }
  }

  /** As {@link #writeMetadata}, but nothing for null. */
  private void writePresentMetadata(JsonGenerator json, EmbeddingRecord record) throws IOException {
    for (Map.Entry<String, ?> entry : record.metadata().entrySet()) {
      if (entry.getValue() != null) {
        write(json, entry);
      }
    }
  }

  private void write(JsonGenerator json, Map.Entry<String, ?> metadata) throws IOException {
    names.checkFree(metadata.getKey());
    json.writeFieldName(metadata.getKey());
    JsonText.writeValue(json, metadata.getValue());
  }
}
