package dev.streambed.schemas.json;

import static dev.streambed.schemas.Records.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.Records;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values that are no text records, and what is said of each, without quoting it. */
class TextRecordRefusalsTest {
  /** A serialiser of Confluent's registry writes a zero byte, the schema's id, and Avro. */
  @Test
  void refusesPlainTextThatIsAnotherFormatWithUtf8Bytes() {
    byte[] avro = HexFormat.of().parseHex("000000000a" + "06616263"); // schema 10, "abc"
    assertThat(new String(avro, StandardCharsets.UTF_8)).hasSize(9);

    assertThatThrownBy(() -> TextRecordCodec.decodePlainText(avro, null, 0))
        .isInstanceOf(MalformedRecordException.class)
        .extracting(e -> ((MalformedRecordException) e).reason())
        .isEqualTo(Reason.NOT_TEXT);
    assertThatThrownBy(() -> TextRecordCodec.decodePlainText(avro, null, 0))
        .hasMessage(
            "Cannot decode text record: a NUL character at character 0; it begins with a zero byte"
                + " and the number 10, as the serialisers of a schema registry write: set"
                + " streambed.source.format: avro, and streambed.registry.url; or protobuf.");
    assertThatThrownBy(() -> TextRecordCodec.decodePlainText(utf8("a\0b"), null, 0))
        .hasMessage("Cannot decode text record: a NUL character at character 1.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "efbbbf7b7d | it begins with a byte order mark: send it without.",
        "fffe7b00 | it begins like UTF-16: send it in UTF-8.",
        "c30101020304050607087b7d | it begins like Avro's single-object encoding: set"
            + " streambed.source.format: avro and streambed.source.schema-file, without"
            + " streambed.registry.url.",
        "1f8b08000000 | it begins like gzip: leave compression to Kafka (compression.type).",
        "00000000077b7d | it begins with a zero byte and the number 7, as the serialisers of a"
            + " schema registry write: send the JSON behind them alone.",
        "0000000007027d | it begins with a zero byte and the number 7, as the serialisers of a"
            + " schema registry write: set streambed.source.format: avro, and"
            + " streambed.registry.url; or protobuf.",
      })
  void saysWhatADocumentSeemsToBeInstead(String hex, String hint) {
    assertThat(refusalOf(HexFormat.of().parseHex(hex))).hasMessageEndingWith("; " + hint);
  }

  @Test
  void namesAnUnknownPropertyAndThoseThatThereAre() {
    assertThat(refusalOf(utf8("{\"id\":1,\"title\":\"secret\"}")))
        .hasMessage(
            "Cannot decode text record: the document has an unknown property 'id' (known:"
                + " schemaVersion, key, text, prompt, metadata, eventTimeMillis) at character 6.");
    // A name may be anything.
    assertThat(refusalOf(utf8("{\"a\\n\\u0000" + "b".repeat(1000) + "\":1}")))
        .hasMessageContaining("unknown property 'a??" + "b".repeat(61) + "…' (known:");
  }

  /** The secret word stands wherever the document has content, so no message may have it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | WRONG_TYPE | the document must be an object, found nothing at character 0",
        "`\"secret\"` | WRONG_TYPE | the document must be an object, found a string at character 0",
        "`[]` | WRONG_TYPE | the document must be an object",
        "`null` | WRONG_TYPE | the document must be an object",
        "`secret` | INVALID_JSON | not valid JSON at character",
        "`{\"text\":\"secret` | INVALID_JSON | not valid JSON at character",
        "`{\"text\":\"secret\"` | INVALID_JSON | not valid JSON at character",
        "`{\"text\":\"a\"} secret` | INVALID_JSON | not valid JSON at character",
        "`{\"text\":\"secret\"}{}` | INVALID_JSON | something follows the document",
        "`{\"text\":\"a\tsecret\"}` | INVALID_JSON | not valid JSON",
        "`{'text':'secret'}` | INVALID_JSON | not valid JSON",
        "`{\"text\":\"\\secret\"}` | INVALID_JSON | not valid JSON",
        "`\uFEFF{\"text\":\"secret\"}` | INVALID_JSON | not valid JSON",
        "`{}` | MISSING_PROPERTY | text is missing",
        "`{\"key\":\"secret\"}` | MISSING_PROPERTY | text is missing",
        "`{\"text\":null}` | MISSING_PROPERTY | text is missing",
        "`{\"text\":\"a\",\"prompt\":\"\"}` | INVALID_VALUE |"
            + " prompt is empty: leave it out, or give it a value",
        "`{\"text\":7}` | WRONG_TYPE | text must be a string, found a whole number at character 8",
        "`{\"text\":[\"secret\"]}` | WRONG_TYPE | text must be a string, found an array",
        "`{\"text\":\"\"}` | EMPTY_TEXT | text is empty",
        "`{\"text\":\"a\",\"text\":\"secret\"}` | DUPLICATE_PROPERTY | a property of the document",
        "`{\"text\":\"a\",\"more\":\"secret\"}` | UNKNOWN_PROPERTY | an unknown property 'more'",
        "`{\"text\":\"a\",\"key\":7}` | WRONG_TYPE | key must be a string",
        "`{\"text\":\"a\",\"prompt\":{}}` | WRONG_TYPE | prompt must be a string",
        "`{\"text\":\"a\",\"metadata\":\"secret\"}` | WRONG_TYPE | metadata must be an object",
        "`{\"text\":\"a\",\"metadata\":{\"secret\":1}}` | WRONG_TYPE | a value of metadata must be",
        "`{\"text\":\"a\",\"metadata\":{\"secret\":\"\",\"secret\":\"\"}}` | DUPLICATE_PROPERTY |"
            + " a property of metadata occurs twice",
        "`{\"text\":\"a\",\"eventTimeMillis\":1.0}` | WRONG_TYPE | eventTimeMillis must be a whole",
        "`{\"text\":\"a\",\"eventTimeMillis\":\"1\"}` | WRONG_TYPE | eventTimeMillis must be",
        "`{\"text\":\"a\",\"eventTimeMillis\":9223372036854775808}` | INVALID_VALUE | 64 bits",
        "`{\"text\":\"a\",\"schemaVersion\":2}` | UNKNOWN_VERSION |"
            + " unknown schema version 2 (known: 1)",
        "`{\"text\":\"secret \\ud800\"}` | UNPAIRED_SURROGATE | text has an unpaired surrogate",
        "`{\"text\":\"\\udc00\\ud800\"}` | UNPAIRED_SURROGATE | text has an unpaired surrogate",
        "`{\"text\":\"a\",\"metadata\":{\"\\ud800\":\"\"}}` | INVALID_JSON | not valid JSON",
      })
  void refusesWithReasonAndPlaceButWithoutContent(String json, Reason reason, String message) {
    var refusal = refusalOf(utf8(json));

    assertThat(refusal.reason()).isEqualTo(reason);
    assertThat(refusal)
        .hasMessageStartingWith("Cannot decode text record: ")
        .hasMessageContaining(message)
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  @ParameterizedTest
  @CsvSource({
    "ff", // never a byte of UTF-8
    "c080", // overlong NUL
    "eda080", // an encoded surrogate
    "f4908080", // above U+10FFFF
    "e282", // cut short
    "80", // a continuation of nothing
  })
  void refusesInvalidUtf8(String hex) {
    byte[] bad = HexFormat.of().parseHex(hex);
    var json = new ByteArrayOutputStream();
    json.writeBytes(utf8("{\"text\":\"secret"));
    json.writeBytes(bad);
    json.writeBytes(utf8("\"}"));

    var refusal = refusalOf(json.toByteArray());

    assertThat(refusal.reason()).isEqualTo(Reason.INVALID_UTF8);
    assertThat(refusal)
        .hasMessage("Cannot decode text record: not valid UTF-8 at byte 15 of %d.", json.size());
    assertThatThrownBy(() -> TextRecordCodec.decodePlainText(bad, null, 0))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage(
            "Cannot decode text record: not valid UTF-8 at byte 0 of %d.".formatted(bad.length));
  }

  @Test
  void refusesOtherEncodings() {
    byte[] utf16 = "{\"text\":\"secret\"}".getBytes(StandardCharsets.UTF_16LE);

    assertThat(refusalOf(utf16).reason()).isEqualTo(Reason.INVALID_JSON);
  }

  @Test
  void refusesPlainTextOfNoBytes() {
    assertThatThrownBy(() -> TextRecordCodec.decodePlainText(new byte[0], null, 0))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("Cannot decode text record: text is empty.");
  }

  @Test
  void refusesWhatPassesTheLimits() {
    String deep = "[".repeat(100_000);
    String longText = "a".repeat(20_000_001);
    String longNumber = "1".repeat(100_000);

    for (String json :
        List.of(
            "{\"text\":" + deep,
            "{\"text\":\"" + longText + "\"}",
            "{\"eventTimeMillis\":" + longNumber + "}")) {
      assertThat(refusalOf(utf8(json)).reason())
          .as("%d characters", json.length())
          .isIn(Reason.OVER_LIMIT, Reason.WRONG_TYPE, Reason.INVALID_JSON);
    }
    MalformedRecordException refusal = refusalOf(utf8("{\"text\":\"" + longText + "\"}"));
    assertThat(refusal.reason()).isEqualTo(Reason.OVER_LIMIT);
    assertThat(refusal)
        .hasMessage(
            "Cannot decode text record: a string has more than 20,000,000 characters at character 8.");
  }

  @Test
  void refusesDamagedDocumentsWithNothingButMalformedRecordException() {
    int refused = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      var random = new Random(seed);
      byte[] bytes = TextRecordCodec.encodeJson(Records.randomText(random));
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }

      try {
        TextRecordCodec.decodeJson(bytes, null, 0);
      } catch (MalformedRecordException e) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  private static MalformedRecordException refusalOf(byte[] value) {
    return Objects.requireNonNull(
        catchThrowableOfType(
            MalformedRecordException.class, () -> TextRecordCodec.decodeJson(value, null, 0)));
  }
}
