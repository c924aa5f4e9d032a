package dev.streambed.schemas.profile;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.json.JsonText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A point for Qdrant: its id is a number or a UUID, and the rest is payload, except the vectors.
 * Vectors of several lengths are named. The key has id and collection, as its connector needs them
 * of a tombstone.
 */
final class QdrantPoint implements Profile {
  private static final long serialVersionUID = 1L;

  /** The connector reads numbers as doubles, which have all whole numbers up to this. */
  private static final long LARGEST_NUMBER = 1L << 53;

  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,15}");
  private static final Pattern CANONICAL_UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  // RFC 9562, section 6.6: the namespace of object identifiers
  private static final UUID NAMESPACE = UUID.fromString("6ba7b812-9dad-11d1-80b4-00c04fd430c8");

  private final FieldNames names;
  private final FlatFields fields;
  private final String collection;

  /**
   * The profile of one collection.
   *
   * @param collection unless the connector is told another
   */
  QdrantPoint(FieldNames names, String collection) {
    this.names = names;
    this.fields = new FlatFields(names, VectorEncoding.FLOAT32);
    this.collection = collection;
  }

  @Override
  public boolean makesKeys() {
    return true;
  }

  @Override
  public byte[] key(String id) {
    return JsonText.write(json -> writeIdAndCollection(json, id));
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    return JsonText.write(
        json -> {
          writeIdAndCollection(json, FieldNames.id(record));
          if (record.others().isEmpty()) {
            JsonText.writeVector(json, "vector", record.embedding());
          } else {
            json.writeObjectFieldStart("vector");
            fields.writeVectors(json, record);
            json.writeEndObject();
          }
          json.writeObjectFieldStart("payload");
          json.writeStringField(names.of(FieldNames.ID), FieldNames.id(record));
          fields.writeTextAndProvenance(json, record);
          fields.writeMetadata(json, record);
          json.writeEndObject();
        });
  }

  private void writeIdAndCollection(JsonGenerator json, String id) throws IOException {
    if (NUMBER.matcher(FieldNames.id(id)).matches() && Long.parseLong(id) <= LARGEST_NUMBER) {
      json.writeNumberField("id", Long.parseLong(id));
    } else {
      json.writeStringField("id", uuid(id));
    }
    json.writeStringField("collection_name", collection);
  }

  /** A UUID as it is; of any other text the one of version 5 (RFC 9562, section 5.5). */
  private static String uuid(String id) {
    if (CANONICAL_UUID.matcher(id).matches()) {
      return id;
    }
    ByteBuffer namespace =
        ByteBuffer.allocate(2 * Long.BYTES)
            .putLong(NAMESPACE.getMostSignificantBits())
            .putLong(NAMESPACE.getLeastSignificantBits());
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(namespace.array());
      ByteBuffer hash = ByteBuffer.wrap(sha1.digest(id.getBytes(UTF_8)));
      long most = (hash.getLong() & ~0xF000L) | 0x5000L;
      long least = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
      return new UUID(most, least).toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-1.", e);
    }
  }
}
