package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;

import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A record that could not be embedded: why, and the record itself.
 *
 * @param reason a constant such as {@code INVALID_JSON}, to group and alert by
 * @param message for people; never holds content of the record
 * @param record the record as it was read, without the parts in {@code omissions}
 * @param omissions parts that were left out because the dead letter would have been too large
 */
@API(status = API.Status.EXPERIMENTAL)
public record DeadLetter(
    Stage stage, String reason, String message, SourceRecord record, List<Omission> omissions) {

  /** The step that gave up. */
  public enum Stage {
    DECODE,
    EMBED,
    ENCODE
  }

  /**
   * The parts of a record that a dead letter can do without, in the order in which they may be
   * dropped.
   */
  public enum Part {
    VALUE,
    HEADERS,
    KEY
  }

  /**
   * A part that was left out. It is still in the source topic, at the dead letter's position.
   *
   * @param bytes its length; for headers, the length of their names and values together
   */
  public record Omission(Part part, int bytes) {
    public Omission {
      check(bytes >= 0, "bytes", bytes, "at least 0");
    }
  }

  public DeadLetter {
    check(!reason.isEmpty(), "reason", "''", "at least 1 character long");
    omissions = List.copyOf(omissions);
  }

  /** This dead letter without one part; the same if the record has no such part. */
  public DeadLetter without(Part part) {
    int bytes = bytesOf(part);
    if (bytes < 0) {
      return this;
    }
    byte @Nullable [] key = part == Part.KEY ? null : record.key();
    byte @Nullable [] value = part == Part.VALUE ? null : record.value();
    List<RecordHeader> headers = part == Part.HEADERS ? List.of() : record.headers();
    var rest = new SourceRecord(record.position(), record.timestampMillis(), key, value, headers);
    var omitted = new ArrayList<>(omissions);
    omitted.add(new Omission(part, bytes));
    return new DeadLetter(stage, reason, message, rest, omitted);
  }

  /** Length of a part in bytes, -1 if the record has no such part. */
  private int bytesOf(Part part) {
    return switch (part) {
      case KEY -> length(record.key());
      case VALUE -> length(record.value());
      case HEADERS -> {
        int bytes = record.headers().isEmpty() ? -1 : 0;
        for (RecordHeader header : record.headers()) {
          bytes += header.key().length() + Math.max(0, length(header.value()));
        }
        yield bytes;
      }
    };
  }

  private static int length(byte @Nullable [] bytes) {
    return bytes == null ? -1 : bytes.length;
  }

  /**
   * Leaves out the message, which may have a name that is the record's own, so that no log shows
   * it.
   */
  @Override
  public String toString() {
    return "DeadLetter[%s, %s, %s]".formatted(stage, reason, record.position());
  }
}
