package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.json.JsonText;

/** A JSON object of one level, after {@code flat.schema.json}. Kafka keys stay as they are. */
final class FlatJson implements Profile {
  private static final long serialVersionUID = 1L;

  private final FlatFields fields;

  FlatJson(FieldNames names, VectorEncoding encoding) {
    this.fields = new FlatFields(names, encoding);
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
          fields.writeMetadata(json, record);
        });
  }
}
