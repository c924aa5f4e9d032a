package dev.streambed.jobs.format;

import static dev.streambed.jobs.format.MappedJson.assertRefused;
import static dev.streambed.jobs.format.MappedJson.decode;
import static dev.streambed.jobs.format.MappedJson.format;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTimeTest {
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "1700000000, 1700000000000",
        "1700000000.25, 1700000000250",
        "1700000000123, 1700000000123",
        "1700000000123456, 1700000000123",
        "-5, -5000",
        "`\"1700000000123\"`, 1700000000123",
        "`\"2026-11-29\"`, 1795910400000",
        "`\"2026-11-29T00:00:00\"`, 1795910400000",
        "`\"2026-11-29T01:00:00.5+01:00\"`, 1795910400500",
        "null, 1700000000000",
      })
  void readsTimesAsPeopleAndDatabasesWriteThem(String time, long millis) {
    TextRecord text = decode(format(timed()), "{\"title\":\"t\",\"at\":" + time + "}");

    assertThat(text.eventTimeMillis()).isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1e999999999",
        "1e-999999999",
        "1e18",
        "\"\"",
        "\"secret\"",
        "\"2026-02-30\"",
        "\"+999999999-01-01T00:00:00Z\"",
        "123456789012345678901234567890",
        "{\"seconds\":9223372036854775807,\"nanos\":0}", // as Protobuf's Timestamp may be
        "{\"seconds\":1764400000,\"nanos\":-1}",
      })
  void refusesWhatIsNoTime(String time) {
    assertRefused(format(timed()), "{\"title\":\"t\",\"at\":" + time + "}", Reason.INVALID_VALUE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true | a boolean",
        "{} | an object",
        "[1700000000] | an array",
        "{\"seconds\":1764400000,\"nanos\":0} | an object",
      })
  void refusesATimeOfAnotherType(String time, String found) {
    String json = "{\"title\":\"t\",\"at\":" + time + "}";

    assertRefused(format(timed()), json, Reason.WRONG_TYPE);
    assertThatThrownBy(() -> decode(format(timed()), json))
        .hasMessage(
            "Cannot decode record: event-time /at is %s; it must be a number or a string."
                .formatted(found));
  }

  private static RecordMapping timed() {
    return new RecordMapping(
        Envelope.NONE,
        Template.parse("{/title}"),
        null,
        MetadataMapping.NONE,
        Pointer.parse("/at"),
        null);
  }
}
