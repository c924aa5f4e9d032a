package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.Column.ValueType;
import dev.streambed.schemas.profile.ProfileOptions.Parts;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The columns of flat records, one for each name in metadata. They are the same for all records of
 * a job, as sinks change tables by them (docs/decisions/0113).
 */
final class FlatColumns implements Serializable {
  private static final long serialVersionUID = 1L;

  private final FieldNames names;
  private final VectorEncoding encoding;
  private final TreeMap<String, MetadataType> types;
  private final ArrayList<Column> columns = new ArrayList<>();

  /**
   * The columns of records with some vectors.
   *
   * @param vectors names of the vectors of other lengths
   * @param types of all metadata, by name
   * @param parts which parts of texts are embedded
   */
  FlatColumns(
      FieldNames names,
      Iterable<String> vectors,
      VectorEncoding encoding,
      Map<String, MetadataType> types,
      Parts parts) {
    this.names = names;
    this.encoding = encoding;
    this.types = new TreeMap<>(types);
    require(FieldNames.ID, ValueType.STRING, record -> FieldNames.id(record));
    addVector(FieldNames.EMBEDDING, FieldNames.SCALE, EmbeddingRecord::embedding);
    for (String vector : vectors) {
      int dimensions = Integer.parseInt(vector.substring(OtherVector.NAME.length()));
      addVector(vector, FieldNames.scaleOf(vector), record -> other(record, dimensions));
    }
    if (encoding != VectorEncoding.FLOAT32) {
      require(FieldNames.ENCODING, ValueType.STRING, record -> encoding.toString());
    }
    addProvenance();
    if (parts == Parts.CHUNKS) {
      addChunk();
    }
    this.types.forEach(this::addMetadata);
  }

  private void addProvenance() {
    add(FieldNames.TEXT, ValueType.STRING, EmbeddingRecord::text);
    require(FieldNames.SPACE, ValueType.STRING, EmbeddingRecord::requiredSpace);
    require(FieldNames.MODEL, ValueType.STRING, record -> record.provenance().model().name());
    require(
        FieldNames.MODEL_REVISION,
        ValueType.STRING,
        record -> record.provenance().model().revision());
    require(
        FieldNames.MODEL_DIGEST, ValueType.STRING, record -> record.provenance().model().digest());
    add(FieldNames.PRECISION, ValueType.STRING, record -> record.provenance().model().precision());
    add(FieldNames.PROMPT, ValueType.STRING, record -> record.provenance().prompt());
    require(FieldNames.TOKENS, ValueType.INT, record -> record.provenance().tokens());
    require(FieldNames.TRUNCATED, ValueType.BOOLEAN, record -> record.provenance().truncated());
    add(FieldNames.UNKNOWN_TOKENS, ValueType.INT, record -> record.provenance().unknownTokens());
    require(FieldNames.CONTENT_HASH, ValueType.STRING, record -> record.provenance().contentHash());
    require(
        FieldNames.SOURCE_TOPIC, ValueType.STRING, record -> record.provenance().source().topic());
    require(
        FieldNames.SOURCE_PARTITION,
        ValueType.INT,
        record -> record.provenance().source().partition());
    require(
        FieldNames.SOURCE_OFFSET, ValueType.LONG, record -> record.provenance().source().offset());
    add(
        FieldNames.EVENT_TIME,
        ValueType.LONG,
        record ->
            record.eventTimeMillis() == TextRecord.NO_EVENT_TIME
                ? null
                : (Long) record.eventTimeMillis());
  }

  /** Columns of chunks, which a job has that splits texts: its schema is no other job's. */
  private void addChunk() {
    add(FieldNames.DOCUMENT, ValueType.STRING, EmbeddingRecord::key);
    addOfChunk(FieldNames.CHUNK_INDEX, ChunkOfText::index);
    addOfChunk(FieldNames.CHUNK_COUNT, ChunkOfText::count);
    addOfChunk(FieldNames.CHUNK_START, ChunkOfText::startChar);
    addOfChunk(FieldNames.CHUNK_END, ChunkOfText::endChar);
  }

  /** How to take a number from a chunk. */
  private interface OfChunk extends Serializable {
    int of(ChunkOfText chunk);
  }

  private void addOfChunk(String field, OfChunk number) {
    add(
        field,
        ValueType.INT,
        record -> {
          ChunkOfText chunk = record.chunk();
          return chunk == null ? null : (Integer) number.of(chunk);
        });
  }

  private void require(String field, ValueType type, Column.Value value) {
    columns.add(Column.required(names.of(field), type, value));
  }

  private void add(String field, ValueType type, Column.Value value) {
    columns.add(Column.optional(names.of(field), type, value));
  }

  /** How to take a vector from a record. */
  private interface Vector extends Serializable {
    float[] of(EmbeddingRecord record);
  }

  private void addVector(String field, String scale, Vector vector) {
    if (encoding == VectorEncoding.FLOAT32) {
      columns.add(
          new Column(
              names.of(field),
              ValueType.FLOAT,
              /* isArray= */ true,
              /* isOptional= */ false,
              vector::of));
      return;
    }
    VectorEncoding bytes = encoding;
    require(field, ValueType.BYTES, record -> EncodedVector.of(vector.of(record), bytes).bytes());
    if (bytes == VectorEncoding.INT8) {
      require(scale, ValueType.FLOAT, record -> EncodedVector.int8Scale(vector.of(record)));
    }
  }

  private static float[] other(EmbeddingRecord record, int dimensions) {
    for (OtherVector other : record.others()) {
      if (other.dimensions() == dimensions) {
        return other.components();
      }
    }
    throw new IllegalArgumentException("No embedding with %d dimensions.".formatted(dimensions));
  }

  private void addMetadata(String name, MetadataType type) {
    columns.add(
        new Column(
            name,
            type.elements(),
            type.isArray(),
            /* isOptional= */ true,
            record -> type.of(record.metadata().get(name), name)));
  }

  /** In the order of the schema. */
  List<Column> list() {
    return columns;
  }

  /**
   * Refuses metadata that are no column.
   *
   * @throws UnfitRecordException if there are any
   */
  void checkMetadata(EmbeddingRecord record) {
    for (String name : record.metadata().keySet()) {
      if (!types.containsKey(name)) {
        names.checkFree(name);
        throw new UnfitRecordException(
            Reason.UNKNOWN_FIELD,
            "Metadata has the name %s, which has no type: give it one in streambed.sink.metadata-types."
                .formatted(Utf8.printable(name)));
      }
    }
  }
}
