package dev.streambed.jobs.format;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.avro.EmbeddingRecordAvro;
import dev.streambed.schemas.json.EmbeddingRecordCodec;

/** What the values of the sink topic look like. */
public enum EmbeddingFormat {
  /** A JSON object after embedding-record.schema.json. */
  JSON("json"),
  /** An Avro record after embedding-record.avsc, in Avro's single-object encoding. */
  AVRO("avro");

  private final String optionValue;

  EmbeddingFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  public byte[] encode(EmbeddingRecord record) {
    return switch (this) {
      case JSON -> EmbeddingRecordCodec.encodeJson(record);
      case AVRO -> EmbeddingRecordAvro.encode(record);
    };
  }

  /**
   * Reads what {@link #encode} wrote.
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
