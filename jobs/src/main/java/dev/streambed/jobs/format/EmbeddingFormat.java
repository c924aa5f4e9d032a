package dev.streambed.jobs.format;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.protobuf.EmbeddingRecordProtobuf;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** How embeddings are written. */
@Internal
public enum EmbeddingFormat {
  /** A JSON object after embedding-record.schema.json. */
  JSON("json"),
  /**
   * An Avro record after embedding-record.avsc, in Avro's single-object encoding or a registry's.
   */
  AVRO("avro"),
  /** A message after embedding_record.proto, bare or in the wire format of a registry. */
  PROTOBUF("protobuf");

  private final String optionValue;

  EmbeddingFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  /** The canonical record in this format, with vectors in an encoding that it must take. */
  public Profile with(VectorEncoding encoding) {
    return new Canonical(this, encoding, /* schemaId= */ null);
  }

  /** Whether vectors may have this encoding. */
  public boolean takes(VectorEncoding encoding) {
    return switch (this) {
      case JSON -> encoding != VectorEncoding.FLOAT32_BYTES;
      case AVRO, PROTOBUF -> encoding != VectorEncoding.BASE64;
    };
  }

  /**
   * The record as it is.
   *
   * @param schemaId in a schema registry; null where none takes part
   */
  private record Canonical(
      EmbeddingFormat format, VectorEncoding encoding, @Nullable Integer schemaId)
      implements Profile {

    @Override
    public @Nullable String schema() {
      return switch (format) {
        case JSON -> null;
        case AVRO -> EmbeddingRecordAvro.schema(encoding);
        case PROTOBUF -> EmbeddingRecordProtobuf.schema();
      };
    }

    @Override
    public Profile withSchemaId(int id) {
      return new Canonical(format, encoding, id);
    }

    @Override
    public byte[] json(byte[] value) {
      return switch (format) {
        case JSON -> value;
        case AVRO -> EmbeddingRecordCodec.encodeJson(EmbeddingRecordAvro.decode(value));
        case PROTOBUF -> EmbeddingRecordProtobuf.json(value);
      };
    }

    @Override
    public byte[] value(EmbeddingRecord record) {
      return switch (format) {
        case JSON -> EmbeddingRecordCodec.encodeJson(record, encoding);
        case AVRO ->
            schemaId == null
                ? EmbeddingRecordAvro.encode(record, encoding)
                : EmbeddingRecordAvro.encode(record, encoding, schemaId);
        case PROTOBUF ->
            schemaId == null
                ? EmbeddingRecordProtobuf.encode(record, encoding)
                : EmbeddingRecordProtobuf.encode(record, encoding, schemaId);
      };
    }
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
