package dev.streambed.schemas.profile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;

/**
 * A flat JSON object under a key that is nothing but the id, for stores of documents: the sinks of
 * Elasticsearch and OpenSearch take the key as {@code _id}, that of Redis as part of its key.
 */
final class Document implements Profile {
  private static final long serialVersionUID = 1L;

  /** Most bytes of an {@code _id} in Elasticsearch and OpenSearch. */
  static final int LUCENE_ID_BYTES = 512;

  /** Most bytes of a key in Redis, less a name of a topic: far more than a record has. */
  static final int REDIS_ID_BYTES = 512 << 20;

  private final FlatFields fields;
  private final int maxIdBytes;

  Document(FieldNames names, int maxIdBytes, VectorEncoding encoding) {
    this.fields = new FlatFields(names, encoding);
    this.maxIdBytes = maxIdBytes;
  }

  @Override
  public boolean makesKeys() {
    return true;
  }

  @Override
  public byte[] key(String id) {
    byte[] key = FieldNames.id(id).getBytes(UTF_8);
    if (key.length > maxIdBytes) {
      throw new UnfitRecordException(
          Reason.INVALID_ID,
          "The id has %d bytes; the store takes up to %d.".formatted(key.length, maxIdBytes));
    }
    return key;
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    return fields.object(record);
  }
}
