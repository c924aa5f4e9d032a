package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;

import org.apiguardian.api.API;

/**
 * Where a record was read. Together with its cluster, this identifies the record.
 *
 * @param partition 0 or more
 * @param offset 0 or more
 */
@API(status = API.Status.EXPERIMENTAL)
public record SourcePosition(String topic, int partition, long offset) {

  public SourcePosition {
    check(!topic.isEmpty(), "topic", "''", "at least 1 character long");
    check(partition >= 0, "partition", partition, "at least 0");
    check(offset >= 0, "offset", offset, "at least 0");
  }

  /** As people write it: {@code texts-3@91827}. */
  @Override
  public String toString() {
    return topic + "-" + partition + "@" + offset;
  }
}
