package dev.streambed.jobs.format;

import dev.streambed.schemas.EmbeddingRecord;
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
  public boolean makesKeys() {
    return false;
  }

  @Override
  public byte[] key(String id) {
    throw new UnsupportedOperationException("The Kafka key is that of the record that was read.");
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    return switch (this) {
      case JSON -> EmbeddingRecordCodec.encodeJson(record);
      case AVRO -> EmbeddingRecordAvro.encode(record);
    };
  }

  /**
   * Reads what {@link #value} wrote.
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
