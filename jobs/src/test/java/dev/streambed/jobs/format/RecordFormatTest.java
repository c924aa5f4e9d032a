package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.util.InstantiationUtil;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {
  private static final byte[] KEY = "kafka-key".getBytes(StandardCharsets.UTF_8);
  private static final long TIMESTAMP = 1_700_000_000_000L;

  private static final String PRODUCT =
      """
      {"id":42,"title":"Kettle","body":{"en":"Boils water."},"tags":["kitchen","red",7],
       "price":12.50,"stock":9007199254740993,"gtin":12345678901234567890,"sold":false,"maker":null,
       "made":"2026-11-29T01:02:03Z","role":"query","~a/b":"odd"}""";

  @Test
  void mapsADocumentOfAnyShape() throws Exception {
    var mapping =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/title} ({/tags}): {/body/en}{/maker}{/nothing} {{{/price}}"),
            Template.parse("product-{/id}"),
            MetadataMapping.parse(
                List.of("/price", "stock: /stock", "/gtin", "/sold", "/maker", "/tags", "/gone")),
            Pointer.parse("/made"),
            Pointer.parse("/role"));

    TextRecord text = decode(InstantiationUtil.clone(format(mapping)), PRODUCT);

    assertThat(text.text()).isEqualTo("Kettle (kitchen\nred\n7): Boils water. {12.50}");
    assertThat(text.key()).isEqualTo("product-42");
    assertThat(text.prompt()).isEqualTo("query");
    assertThat(text.eventTimeMillis()).isEqualTo(1_795_914_123_000L);
    Map<String, Object> typed =
        new java.util.HashMap<>(
            Map.of(
                "price",
                12.5,
                "stock",
                9_007_199_254_740_993L,
                "gtin",
                "12345678901234567890",
                "sold",
                false,
                "tags",
                List.of("kitchen", "red", 7L)));
    typed.put("maker", null);
    assertThat(text.metadata()).isEqualTo(typed);
  }

  @Test
  void takesFromKafkaWhatTheMappingLeavesOut() {
    TextRecord text = decode(format(text("{/title}")), PRODUCT);

    assertThat(text).isEqualTo(new TextRecord("kafka-key", "Kettle", null, Map.of(), TIMESTAMP));
  }

  @Test
  void takesAllTopLevelScalars() {
    var mapping =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/title}"),
            null,
            MetadataMapping.parse(List.of("all")),
            null,
            null);

    assertThat(decode(format(mapping), PRODUCT).metadata())
        .containsOnlyKeys(
            "id", "title", "price", "stock", "gtin", "sold", "maker", "made", "role", "~a/b");
  }

  @Test
  void followsPointersAsRfc6901SaysTo() {
    assertThat(decode(format(text("{/~0a~1b}{/tags/0}")), PRODUCT).text()).isEqualTo("oddkitchen");
    assertThat(decode(format(text("{/1/a}")), "[0,{\"a\":\"b\"}]").text()).isEqualTo("b");
    assertThat(decode(format(text("{/}")), "{\"\":\"empty name\"}").text()).isEqualTo("empty name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{/body} | WRONG_TYPE",
        "{/gone} | EMPTY_TEXT",
        "{/gone}: {/maker}! | EMPTY_TEXT",
        "{/maker} | EMPTY_TEXT",
      })
  void refusesWhatIsNoText(String template, Reason reason) {
    assertRefused(format(text(template)), PRODUCT, reason);
  }

  @ParameterizedTest
  @CsvSource({
    "1e2, 100",
    "12.50, 12.50",
    "1.5E-7, 0.00000015",
    "-0.0, 0.0",
    "1e400, 1E+400",
    "12345678901234567890, 12345678901234567890",
  })
  void writesNumbersAsPeopleDo(String number, String text) {
    assertThat(decode(format(text("{/n}")), "{\"n\":" + number + "}").text()).isEqualTo(text);
  }

  @Test
  void takesNothingForNullsInAnArray() {
    String tags = "{\"tags\":[null,\"a\",null,\"b\"],\"none\":[null,null],\"empty\":[\"\",\"\"]}";

    assertThat(decode(format(text("{/tags}")), tags).text()).isEqualTo("a\nb");
    assertRefused(format(text("x{/none}")), tags, Reason.EMPTY_TEXT);
    assertRefused(format(text("x{/empty}")), tags, Reason.EMPTY_TEXT);
  }

  @ParameterizedTest
  @CsvSource({
    "1e400, too large for a float of 64 bits",
    "-1e400, too large for a float of 64 bits",
    "1e-400, too close to 0 for a float of 64 bits",
    "[1.5e-999999999], too close to 0 for a float of 64 bits",
  })
  void refusesNumbersThatMetadataCannotHold(String number, String message) {
    RecordMapping mapping =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/title}"),
            null,
            MetadataMapping.parse(List.of("/n")),
            null,
            null);

    assertThatThrownBy(() -> decode(format(mapping), "{\"title\":\"t\",\"n\":" + number + "}"))
        .hasMessage("Cannot decode record: metadata /n is " + message + ".");
    for (String zero : List.of("0e-400", "0.0", "-0", "4.9e-324")) {
      assertThat(decode(format(mapping), "{\"title\":\"t\",\"n\":" + zero + "}").metadata())
          .containsKey("n");
    }
  }

  @Test
  void refusesPartsOfOtherTypes() {
    RecordMapping nested =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/title}"),
            null,
            MetadataMapping.parse(List.of("/body")),
            null,
            null);
    assertRefused(format(nested), PRODUCT, Reason.WRONG_TYPE);
    RecordMapping huge =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/title}"),
            null,
            MetadataMapping.parse(List.of("/n")),
            null,
            null);
    assertRefused(format(huge), "{\"title\":\"t\",\"n\":1e999999999}", Reason.INVALID_VALUE);
    assertRefused(format(text("{/title}")), "{\"title\":\"\\ud800\"}", Reason.UNPAIRED_SURROGATE);
    RecordMapping prompt =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/title}"),
            null,
            MetadataMapping.NONE,
            null,
            Pointer.parse("/price"));
    assertRefused(format(prompt), PRODUCT, Reason.WRONG_TYPE);
  }

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
  @ValueSource(
      strings = {"{\"title\":\"t\"}", "{\"text\":\"t\",\"id\":1}", "{\"text\":[\"t\"]}", "[]"})
  void saysHowToReadJsonThatIsNoneOfOurOwn(String json) {
    RecordFormat ownJson = format(/* mapping= */ null);

    assertThatThrownBy(() -> decode(ownJson, json))
        .hasMessageEndingWith(
            " For JSON of another shape, set streambed.source.text, such as '{/title}': fields that nothing names are then ignored.");
    assertThatThrownBy(() -> decode(ownJson, "{\"text\":"))
        .hasMessageNotContaining("another shape");
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

  @Test
  void tellsAPromptOfAnotherTypeFromAnEmptyOne() {
    var mapping =
        new RecordMapping(
            Envelope.NONE,
            Template.parse("{/t}"),
            null,
            MetadataMapping.NONE,
            null,
            Pointer.parse("/p"));

    assertRefused(format(mapping), "{\"t\":\"t\",\"p\":[\"query\"]}", Reason.WRONG_TYPE);
    assertRefused(format(mapping), "{\"t\":\"t\",\"p\":\"\"}", Reason.INVALID_VALUE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "title", "{title}", "{/title", "{}", "{/a~2}", "{/a~}", "{{/title}"})
  void refusesTemplatesThatAreNone(String template) {
    assertThatThrownBy(() -> Template.parse(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("Exception");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{{/title}} | it takes nothing from the record; put a pointer in braces, such as {/title}; {{ stands for a brace",
        "{title} | it must begin with a slash, such as /title; write {{ for a brace that no pointer follows",
        "{ \"a\": {/b} } | write {{ for a brace that no pointer follows",
        "{/title | the brace at character 1 is not closed; write {{ for a brace",
      })
  void saysHowABraceIsWrittenWhereATemplateIsNone(String template, String message) {
    assertThatThrownBy(() -> Template.parse(template)).hasMessageEndingWith(message);
  }

  @Test
  void refusesTwoMetadataOfOneName() {
    assertThatThrownBy(() -> MetadataMapping.parse(List.of("/name", "/author/name")))
        .hasMessageContaining("two entries are called 'name'");
  }

  @Test
  void refusesAllBesideOtherMetadata() {
    assertThatThrownBy(() -> MetadataMapping.parse(List.of("/name", "all")))
        .hasMessageContaining("all, which is every top-level field with one value, stands alone");
  }

  private static void assertRefused(RecordFormat format, String json, Reason reason) {
    assertThatThrownBy(() -> decode(format, json))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageNotContaining("secret")
        .extracting(e -> ((MalformedRecordException) e).reason())
        .isEqualTo(reason);
  }

  private static RecordMapping text(String template) {
    return new RecordMapping(
        Envelope.NONE, Template.parse(template), null, MetadataMapping.NONE, null, null);
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

  private static RecordFormat format(@Nullable RecordMapping mapping) {
    return new RecordFormat(TextFormat.JSON, KeyFormat.STRING, mapping);
  }

  private static TextRecord decode(RecordFormat format, String json) {
    byte[] value = json.getBytes(StandardCharsets.UTF_8);
    return Objects.requireNonNull(format.open().decode(record(KEY, value)).text());
  }

  private static SourceRecord record(byte[] key, byte[] value) {
    return new SourceRecord(new SourcePosition("texts", 0, 0), TIMESTAMP, key, value, List.of());
  }
}
