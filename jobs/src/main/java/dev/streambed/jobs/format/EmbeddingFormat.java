package dev.streambed.jobs.format;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.profile.Profile;

/** How embeddings are written; each format of the canonical record is a profile of its own. */
public enum EmbeddingFormat implements Profile {
  /** A JSON object after embedding-record.schema.json. */
  JSON("json"),
  /** An Avro record after embedding-record.avsc, in Avro's single-object encoding. */
  AVRO("avro");

  private final String optionValue;

  EmbeddingFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    return switch (this) {
      case JSON -> EmbeddingRecordCodec.encodeJson(record);
      case AVRO -> EmbeddingRecordAvro.encode(record);
    };
  }

  /** This format with vectors in an encoding, which it must take. */
  public Profile with(VectorEncoding encoding) {
    return encoding == VectorEncoding.FLOAT32 ? this : new Encoded(this, encoding);
  }

  /** Whether vectors may have this encoding. */
  public boolean takes(VectorEncoding encoding) {
    return switch (this) {
      case JSON -> encoding != VectorEncoding.FLOAT32_BYTES;
      case AVRO -> encoding != VectorEncoding.BASE64;
    };
  }

  private record Encoded(EmbeddingFormat format, VectorEncoding encoding) implements Profile {
    @Override
    public byte[] value(EmbeddingRecord record) {
      return switch (format) {
        case JSON -> EmbeddingRecordCodec.encodeJson(record, encoding);
        case AVRO -> EmbeddingRecordAvro.encode(record, encoding);
      };
    }
  }

  /**
   * Reads what {@link #value} wrote, in any encoding.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it is something else
   */
  public EmbeddingRecord decode(byte[] value) {
    return switch (this) {
      case JSON -> EmbeddingRecordCodec.decodeJson(value);
      case AVRO -> EmbeddingRecordAvro.decode(value);
    };
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
