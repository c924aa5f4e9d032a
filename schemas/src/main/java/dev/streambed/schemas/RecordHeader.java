package dev.streambed.schemas;

import java.util.Arrays;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A header of a Kafka record.
 *
 * @param value as it came; null and empty are different; shared, not copied
 */
// An array, because the value is arbitrary bytes; equals and hashCode below compare its content.
@API(status = API.Status.EXPERIMENTAL)
@SuppressWarnings("ArrayRecordComponent")
public record RecordHeader(String key, byte @Nullable [] value) {

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RecordHeader that
        && key.equals(that.key)
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return 31 * key.hashCode() + Arrays.hashCode(value);
  }

  /** Leaves out the content, so that no log shows it. */
  @Override
  public String toString() {
    return "RecordHeader[" + (value == null ? "null" : value.length + " bytes") + "]";
  }
}
