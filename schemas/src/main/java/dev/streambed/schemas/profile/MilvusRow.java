package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.json.JsonText;

/**
 * A row for Milvus: flat, without nulls, for which its connector drops a record. It takes neither
 * keys nor tombstones, so keys stay as they are.
 */
final class MilvusRow implements Profile {
  private static final long serialVersionUID = 1L;

  private final FlatFields fields;

  MilvusRow(FieldNames names) {
    this.fields = new FlatFields(names);
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
    return JsonText.write(
        json -> {
          fields.writeId(json, record);
          fields.writeVectors(json, record);
          fields.writeTextAndProvenance(json, record);
          fields.writePresentMetadata(json, record);
        });
  }
}
