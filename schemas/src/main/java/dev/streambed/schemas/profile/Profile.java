package dev.streambed.schemas.profile;

import dev.streambed.schemas.EmbeddingRecord;
import java.io.Serializable;
import org.apiguardian.api.API;

/** What the records of a topic look like to those who take them. Used by any thread. */
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
}
