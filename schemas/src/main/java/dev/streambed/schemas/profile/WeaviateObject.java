package dev.streambed.schemas.profile;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.Utf8;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An object for Weaviate: its vector and properties. Its connector makes the object's UUID of the
 * Kafka key, which is nothing but the id, and takes one vector.
 */
final class WeaviateObject implements Profile {
  private static final long serialVersionUID = 1L;

  /** Weaviate keeps the name id to itself. */
  static final Map<String, String> NAMES = Map.of(FieldNames.ID, "key");

  private static final Set<String> RESERVED = Set.of("id", "_id", "_additional");
  private static final Pattern PROPERTY = Pattern.compile("[_A-Za-z][_0-9A-Za-z]{0,230}");

  private final FlatFields fields;

  WeaviateObject(FieldNames names) {
    this.fields = new FlatFields(names, VectorEncoding.FLOAT32);
  }

  /** Whether Weaviate has properties of this name. */
  static boolean takes(String name) {
    return PROPERTY.matcher(name).matches() && !RESERVED.contains(name);
  }

  @Override
  public boolean makesKeys() {
    return true;
  }

  @Override
  public byte[] key(String id) {
    return FieldNames.id(id).getBytes(UTF_8);
  }

  @Override
  public byte[] value(EmbeddingRecord record) {
    for (String name : record.metadata().keySet()) {
      if (!takes(name)) {
        throw new UnfitRecordException(
            Reason.INVALID_FIELD_NAME,
            "Metadata has the name %s, which Weaviate does not take: give it another in streambed.source.metadata."
                .formatted(Utf8.printable(name)));
      }
    }
    return fields.objectWithoutNulls(record);
  }
}
