package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;

/** Reads a time from a document, as people and databases write it. */
final class EventTime {
  /**
   * Numbers below are seconds since 1970, up to the year 5138; from here on they are milliseconds,
   * from 1973 on.
   */
  private static final BigDecimal LEAST_MILLIS = BigDecimal.TEN.pow(11);

  /** From here on they are microseconds: as milliseconds they would lie beyond the year 5138. */
  private static final BigDecimal LEAST_MICROS = BigDecimal.TEN.pow(14);

  /** Beyond the year 5138 in microseconds: nanoseconds, or no time. */
  private static final BigDecimal TOO_LARGE = BigDecimal.TEN.pow(17);

  /** Longest number that is looked at: expanding 1e999999999 would take all memory. */
  private static final int MOST_DIGITS = 40;

  /** Range of a Timestamp of Protobuf, and of ISO 8601 without a sign. */
  private static final int LAST_YEAR = 9999;

  private EventTime() {}

  /**
   * Milliseconds since 1970.
   *
   * @param part seconds, milliseconds or microseconds since 1970, told apart by their size; or a
   *     date, or a date and time, after ISO 8601, in UTC unless it has an offset; as a string or
   *     number
   * @param absent what to give for null and for an absent part
   * @throws MalformedRecordException if it has another type, or is none of these
   */
  static long millis(JsonNode part, Pointer pointer, long absent) {
    if (part.isNull() || part.isMissingNode()) {
      return absent;
    }
    if (part.isFloatingPointNumber() && !part.isBigDecimal() && !isFinite(part)) {
      throw invalid(pointer); // which has no digits
    }
    if (part.isNumber()) {
      return millis(part.decimalValue(), pointer);
    }
    if (isOutOfRange(part)) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.INVALID_VALUE,
          "event-time %s is a Timestamp out of its range, the years 1 to 9999".formatted(pointer));
    }
    if (!part.isTextual()) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.WRONG_TYPE,
          "event-time %s is %s; it must be a number or a string"
              .formatted(pointer, Pointer.word(part.getNodeType())));
    }
    String text = part.textValue().strip();
    return text.matches("-?\\d{1,17}")
        ? millis(new BigDecimal(text), pointer)
        : parsed(text, pointer);
  }

  /**
   * Whether this is a Timestamp of Protobuf that its type does not allow, so that it has no ISO
   * 8601.
   */
  private static boolean isOutOfRange(JsonNode part) {
    if (part.size() != 2
        || !part.path("seconds").isIntegralNumber()
        || !part.path("nanos").isIntegralNumber()) {
      return false;
    }
    try {
      int year =
          LocalDateTime.ofEpochSecond(
                  part.get("seconds").longValue(), part.get("nanos").intValue(), ZoneOffset.UTC)
              .getYear();
      return year < 1 || year > LAST_YEAR;
    } catch (DateTimeException e) {
      return true;
    }
  }

  private static boolean isFinite(JsonNode number) {
    return Double.isFinite(number.doubleValue());
  }

  private static long millis(BigDecimal number, Pointer pointer) {
    if (number.precision() > MOST_DIGITS || Math.abs((long) number.scale()) > MOST_DIGITS) {
      throw invalid(pointer);
    }
    BigDecimal size = number.abs();
    if (size.compareTo(TOO_LARGE) >= 0) {
      throw invalid(pointer);
    }
    int shift = size.compareTo(LEAST_MILLIS) < 0 ? 3 : size.compareTo(LEAST_MICROS) < 0 ? 0 : -3;
    return number.movePointRight(shift).setScale(0, RoundingMode.FLOOR).longValueExact();
  }

  private static long parsed(String text, Pointer pointer) {
    try {
      TemporalAccessor time =
          text.length() == "yyyy-MM-dd".length()
              ? LocalDate.parse(text)
              : DateTimeFormatter.ISO_DATE_TIME.parseBest(
                  text, OffsetDateTime::from, LocalDateTime::from);
      if (time instanceof LocalDate date) {
        return date.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
      }
      return (time instanceof OffsetDateTime moment
              ? moment.toInstant()
              : ((LocalDateTime) time).toInstant(ZoneOffset.UTC))
          .toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      throw invalid(pointer); // its message quotes the text
    }
  }

  private static MalformedRecordException invalid(Pointer pointer) {
    return malformed(
        RecordMapping.WHAT,
        Reason.INVALID_VALUE,
        "event-time %s is no time: neither seconds, milliseconds or microseconds since 1970, nor ISO 8601"
            .formatted(pointer));
  }

  /** The time of a Kafka record, which is negative for none. */
  static long ofKafka(long timestampMillis) {
    return timestampMillis < 0 ? TextRecord.NO_EVENT_TIME : timestampMillis;
  }
}
