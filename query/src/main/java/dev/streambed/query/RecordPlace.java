package dev.streambed.query;

import dev.streambed.schemas.SourcePosition;
import java.util.Comparator;
import org.apiguardian.api.API;

/**
 * Where and when a record was written, which tells the later one of two with one key.
 *
 * @param timestampMillis of Kafka, since 1970
 */
@API(status = API.Status.INTERNAL)
public record RecordPlace(SourcePosition position, long timestampMillis) {
  private static final Comparator<RecordPlace> PLACES =
      Comparator.<RecordPlace>comparingInt(place -> place.position.partition())
          .thenComparingLong(place -> place.position.offset());

  private static final Comparator<RecordPlace> TIMES =
      Comparator.comparingLong(RecordPlace::timestampMillis).thenComparing(PLACES);

  /**
   * Whether this is the later one. In one partition that is the one behind; a topic that was given
   * more partitions has a key in two of them, and there is no order between those but that of
   * timestamps.
   */
  public boolean isAfter(RecordPlace other) {
    Comparator<RecordPlace> order =
        position.partition() == other.position.partition() ? PLACES : TIMES;
    return order.compare(this, other) > 0;
  }
}
