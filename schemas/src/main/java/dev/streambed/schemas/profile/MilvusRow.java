package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;

/**
 * A row for Milvus: flat, without nulls, for which its connector drops a record. It takes neither
 * keys nor tombstones, so keys stay as they are.
 */
final class MilvusRow implements Profile {
  private static final long serialVersionUID = 1L;

  private final FlatFields fields;

  MilvusRow(FieldNames names) {
    this.fields = new FlatFields(names, VectorEncoding.FLOAT32);
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    return fields.objectWithoutNulls(record);
  }
}
