package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import java.io.Serializable;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The form of the records of a topic for those who take them. Used by any thread. */
@API(status = API.Status.INTERNAL)
public interface Profile extends Serializable {

  /**
   * Whether Kafka keys are made of ids, so that a deletion needs its id. If not, they are those of
   * the records that were read.
   */
  default boolean makesKeys() {
    return false;
  }

  /**
   * The Kafka key of an id, of an embedding as of a tombstone.
   *
   * @throws UnfitRecordException if the store takes no such id
   * @throws UnsupportedOperationException if the profile makes no keys
   */
  default byte[] key(String id) {
    throw new UnsupportedOperationException("The Kafka key is that of the record that was read.");
  }

  /**
   * The value of an embedding.
   *
   * @throws UnfitRecordException if the store would not take it, or would lose a part of it
   */
  byte[] value(EmbeddingRecord record);

  /**
   * A value as JSON, for people.
   *
   * @param value of this profile, without the id of a schema
   */
  default byte[] json(byte[] value) {
    return value;
  }

  /** The schema of values, in its own language; null if values are JSON. */
  default @Nullable String schema() {
    return null;
  }

  /**
   * The same profile with values in the wire format of a schema registry.
   *
   * @param id of {@link #schema} in the registry
   * @throws UnsupportedOperationException if it has no schema
   */
  default Profile withSchemaId(int id) {
    throw new UnsupportedOperationException("JSON has no wire format with the id of a schema.");
  }
}
