package dev.streambed.schemas.avro;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/**
 * Avro's logical types as people and databases write them: dates and times after ISO 8601, decimals
 * as numbers with their digits, UUIDs as text.
 */
final class AvroScalars {
  private static final int MILLIS = 1_000;
  private static final int MICROS = 1_000_000;
  private static final int NANOS = 1_000_000_000;

  /** Some 1,000 digits, as many as Jackson allows in JSON: longer ones take long to write. */
  private static final int MOST_DECIMAL_BYTES = 415;

  private static final int UUID_BYTES = 16;

  private AvroScalars() {}

  static JsonNode ofInt(int value, Schema type, String what) {
    LogicalType logical = type.getLogicalType();
    if (logical instanceof LogicalTypes.Date) {
      return TextNode.valueOf(LocalDate.ofEpochDay(value).toString());
    }
    return logical instanceof LogicalTypes.TimeMillis
        ? time(value, MILLIS, what)
        : IntNode.valueOf(value);
  }

  static JsonNode ofLong(long value, Schema type, String what) {
    LogicalType logical = type.getLogicalType();
    if (logical instanceof LogicalTypes.TimestampMillis) {
      return TextNode.valueOf(instant(value, MILLIS).toString());
    }
    if (logical instanceof LogicalTypes.TimestampMicros) {
      return TextNode.valueOf(instant(value, MICROS).toString());
    }
    if (logical instanceof LogicalTypes.TimestampNanos) {
      return TextNode.valueOf(instant(value, NANOS).toString());
    }
    if (logical instanceof LogicalTypes.LocalTimestampMillis) {
      return local(instant(value, MILLIS));
    }
    if (logical instanceof LogicalTypes.LocalTimestampMicros) {
      return local(instant(value, MICROS));
    }
    if (logical instanceof LogicalTypes.LocalTimestampNanos) {
      return local(instant(value, NANOS));
    }
    return logical instanceof LogicalTypes.TimeMicros
        ? time(value, MICROS, what)
        : LongNode.valueOf(value);
  }

  /** The value of a fixed or of bytes, which is owned from here on. */
  static JsonNode binary(byte[] bytes, Schema type, String what) {
    LogicalType logical = type.getLogicalType();
    if (logical instanceof LogicalTypes.Decimal decimal) {
      if (bytes.length == 0 || bytes.length > MOST_DECIMAL_BYTES) {
        throw malformed(
            what,
            bytes.length == 0 ? Reason.INVALID_VALUE : Reason.OVER_LIMIT,
            "a decimal has %d bytes, expected 1 to %d".formatted(bytes.length, MOST_DECIMAL_BYTES));
      }
      return DecimalNode.valueOf(new BigDecimal(new BigInteger(bytes), decimal.getScale()));
    }
    if (logical instanceof LogicalTypes.Uuid && bytes.length == UUID_BYTES) {
      ByteBuffer halves = ByteBuffer.wrap(bytes);
      return TextNode.valueOf(new UUID(halves.getLong(), halves.getLong()).toString());
    }
    return BinaryNode.valueOf(bytes);
  }

  private static Instant instant(long units, int perSecond) {
    return Instant.ofEpochSecond(
        Math.floorDiv(units, perSecond),
        Math.floorMod(units, perSecond) * (long) (NANOS / perSecond));
  }

  private static JsonNode local(Instant instant) {
    return TextNode.valueOf(
        DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
            LocalDateTime.ofInstant(instant, ZoneOffset.UTC)));
  }

  private static JsonNode time(long units, int perSecond, String what) {
    try {
      return TextNode.valueOf(
          DateTimeFormatter.ISO_LOCAL_TIME.format(
              LocalTime.ofSecondOfDay(units / perSecond)
                  .withNano((int) (units % perSecond) * (NANOS / perSecond))));
    } catch (DateTimeException e) { // its message has the value
      throw malformed(what, Reason.INVALID_VALUE, "a time is not within a day");
    }
  }
}
