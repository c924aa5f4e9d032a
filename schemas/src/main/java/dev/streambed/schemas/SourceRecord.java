package dev.streambed.schemas;

import java.util.Arrays;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka record as it was read.
 *
 * @param timestampMillis its Kafka timestamp in milliseconds since 1970; negative if it has none
 * @param key null and empty are different; shared, not copied
 * @param value null is a tombstone; shared, not copied
 * @param headers in the order of the record; names may repeat
 */
// Arrays, because keys and values are arbitrary bytes; equals and hashCode compare their content.
@API(status = API.Status.EXPERIMENTAL)
@SuppressWarnings("ArrayRecordComponent")
public record SourceRecord(
    SourcePosition position,
    long timestampMillis,
    byte @Nullable [] key,
    byte @Nullable [] value,
    List<RecordHeader> headers) {

  // Not a compact constructor: javac 17 drops the annotation of a nullable array from those.
  public SourceRecord(
      SourcePosition position,
      long timestampMillis,
      byte @Nullable [] key,
      byte @Nullable [] value,
      List<RecordHeader> headers) {
    this.position = position;
    this.timestampMillis = timestampMillis;
    this.key = key;
    this.value = value;
    this.headers = List.copyOf(headers);
  }

  /** A tombstone under this record's key, at its position. */
  public SourceRecord withoutValue() {
    return new SourceRecord(position, timestampMillis, key, null, headers);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SourceRecord that
        && position.equals(that.position)
        && timestampMillis == that.timestampMillis
        && Arrays.equals(key, that.key)
        && Arrays.equals(value, that.value)
        && headers.equals(that.headers);
  }

  @Override
  public int hashCode() {
    return 31 * position.hashCode() + Arrays.hashCode(value);
  }

  /** Leaves out the content, so that no log shows it. */
  @Override
  public String toString() {
    return "SourceRecord[" + position + "]";
  }
}
