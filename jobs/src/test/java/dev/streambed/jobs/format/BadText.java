package dev.streambed.jobs.format;

import static dev.streambed.jobs.format.BadInput.KETTLE;
import static dev.streambed.jobs.format.BadInput.MEGABYTE;
import static dev.streambed.jobs.format.BadInput.OF_A_REGISTRY;
import static dev.streambed.jobs.format.BadInput.mapping;
import static dev.streambed.jobs.format.BadInput.tenThousandFields;
import static dev.streambed.jobs.format.BadInput.utf8;

import dev.streambed.jobs.format.BadInput.Kind;
import dev.streambed.schemas.MalformedRecordException.Reason;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Bad JSON and plain text. */
final class BadText {
  private static final String TEXT = "{/title}{/body}";

  private BadText() {}

  static Stream<BadInput> formats() {
    return Stream.of(ownJson(), json(), debezium(), plainText());
  }

  private static BadInput ownJson() {
    String ours = "{\"schemaVersion\":1,\"text\":\"Kettle\",\"metadata\":{\"a\":\"water\"}}";
    String timed = "{\"text\":\"Kettle\",\"eventTimeMillis\":%s}";
    return BadInput.of("our own JSON", format(TextFormat.JSON, /* mapping= */ null), utf8(ours))
        .with(Kind.EMPTY, new byte[0], Reason.WRONG_TYPE)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.INVALID_JSON)
        .with(
            Kind.MEGABYTE_OF_NESTING, utf8("{\"text\":" + "[".repeat(MEGABYTE)), Reason.WRONG_TYPE)
        .with(Kind.TEN_THOUSAND_FIELDS, utf8(tenThousandFields()), Reason.UNKNOWN_PROPERTY)
        .with(Kind.HUGE_NUMBER, utf8(timed.formatted("1e999999999")), Reason.WRONG_TYPE)
        .with(Kind.NO_NUMBER, utf8(timed.formatted("NaN")), Reason.INVALID_JSON)
        .with("no UTF-8", new byte[] {'{', (byte) 0xff}, Reason.INVALID_UTF8);
  }

  private static BadInput json() {
    return BadInput.of("JSON", format(TextFormat.JSON, mapping(Envelope.NONE, TEXT)), utf8(KETTLE))
        .withJson()
        .with(Kind.TEN_THOUSAND_FIELDS, utf8(tenThousandFields()), Reason.EMPTY_TEXT)
        .with(Kind.HUGE_NUMBER, utf8(KETTLE.replace("12.5", "1e999999999")), Reason.INVALID_VALUE)
        .with(Kind.NO_NUMBER, utf8(KETTLE.replace("12.5", "NaN")), Reason.INVALID_JSON)
        .with("huge exponent", utf8(KETTLE.replace("12.5", "1e99999999999")), Reason.OVER_LIMIT)
        .with(
            "huge time", utf8(KETTLE.replaceFirst("\"2026[^\"]*\"", "1e99")), Reason.INVALID_VALUE);
  }

  private static BadInput debezium() {
    return BadInput.of(
            "Debezium", format(TextFormat.JSON, mapping(Envelope.DEBEZIUM, TEXT)), created(KETTLE))
        .withJson()
        .with(Kind.TEN_THOUSAND_FIELDS, created(tenThousandFields()), Reason.EMPTY_TEXT)
        .with(
            Kind.HUGE_NUMBER, created(KETTLE.replace("12.5", "1e999999999")), Reason.INVALID_VALUE)
        .with(Kind.NO_NUMBER, created(KETTLE.replace("12.5", "NaN")), Reason.INVALID_JSON)
        .with("a document without envelope", utf8(KETTLE), Reason.MISSING_PROPERTY)
        .with("no row", created("7"), Reason.MISSING_PROPERTY)
        .with("JSON in a string", created("\"water\""), Reason.INVALID_JSON);
  }

  private static byte[] created(String row) {
    return utf8("{\"op\":\"c\",\"after\":" + row + "}");
  }

  private static BadInput plainText() {
    return BadInput.of(
            "plain text",
            format(TextFormat.PLAIN_TEXT, /* mapping= */ null),
            utf8("Kettle with water"))
        .with(Kind.EMPTY, new byte[0], Reason.EMPTY_TEXT)
        .with(Kind.WRONG_SCHEMA_ID, OF_A_REGISTRY, Reason.NOT_TEXT)
        .taking(Kind.MEGABYTE_OF_NESTING, utf8("[".repeat(MEGABYTE)))
        .taking(Kind.TEN_THOUSAND_FIELDS, utf8(tenThousandFields()))
        .taking(Kind.HUGE_NUMBER, utf8("1e999999999"))
        .taking(Kind.NO_NUMBER, utf8("NaN"))
        .with("1 MB of NUL", new byte[MEGABYTE], Reason.NOT_TEXT)
        .with("no UTF-8", new byte[] {'K', (byte) 0xff}, Reason.INVALID_UTF8);
  }

  private static RecordFormat format(TextFormat value, @Nullable RecordMapping mapping) {
    return new RecordFormat(value, KeyFormat.STRING, mapping);
  }
}
