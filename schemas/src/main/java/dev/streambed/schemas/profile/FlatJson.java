package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;

/** A JSON object of one level, after {@code flat.schema.json}. Kafka keys stay as they are. */
final class FlatJson implements Profile {
  private static final long serialVersionUID = 1L;

  private final FlatFields fields;

  FlatJson(FieldNames names, VectorEncoding encoding) {
    this.fields = new FlatFields(names, encoding);
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    return fields.object(record);
  }
}
