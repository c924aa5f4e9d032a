package dev.streambed.jobs.format;

import static dev.streambed.jobs.format.MappedJson.TIMESTAMP;
import static dev.streambed.jobs.format.MappedJson.assertRefused;
import static dev.streambed.jobs.format.MappedJson.decode;
import static dev.streambed.jobs.format.MappedJson.format;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import java.util.List;
import java.util.Map;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {
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

  private static RecordMapping text(String template) {
    return new RecordMapping(
        Envelope.NONE, Template.parse(template), null, MetadataMapping.NONE, null, null);
  }
}
