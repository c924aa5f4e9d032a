package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlCharactersTest {
  private static final TextRecord CLEAN =
      record("key", "a\ttext\r\nwith é and 😀", Map.of("name", Arrays.asList("a", null, 1L)));

  @Test
  void leavesARecordWithoutThemAsItIs() {
    for (ControlCharacters controls : ControlCharacters.values()) {
      assertThat(controls.applyTo(CLEAN)).isSameAs(CLEAN);
    }
  }

  @Test
  void keepsThem() {
    TextRecord record = record("k\0", "t\0", Map.of("n\0", "v\0"));

    assertThat(ControlCharacters.KEEP.applyTo(record)).isSameAs(record);
  }

  @Test
  void dropsThemFromAllStrings() {
    TextRecord record =
        record(
            "\0k\u001fe\u007fy\u009f",
            "\u001ba\0\ttext\r\nwith é\u0085 and 😀",
            Map.of("na\u0001me", Arrays.asList("\u0002a", null, 1L)));

    assertThat(ControlCharacters.DROP.applyTo(record)).isEqualTo(CLEAN);
  }

  @ParameterizedTest
  @CsvSource({
    "k\0x, t, n, v, the key",
    "k, t\0x, n, v, the text",
    "k, t, n\0x, v, a name in metadata",
    "k, t, n, v\0x, metadata n"
  })
  void rejectsThemWhereverTheyAre(
      String key, String text, String name, String value, String where) {
    for (Object metadata : List.of(value, List.of("v", value))) {
      assertThatExceptionOfType(MalformedRecordException.class)
          .isThrownBy(
              () -> ControlCharacters.REJECT.applyTo(record(key, text, Map.of(name, metadata))))
          .withMessage(
              "Cannot decode record: %s has U+0000 at index 1, and".formatted(where)
                  + " streambed.source.control-characters is reject.")
          .extracting(MalformedRecordException::reason)
          .isEqualTo(Reason.CONTROL_CHARACTER);
    }
  }

  @Test
  void refusesWhatIsEmptyOrTwiceThereWithoutThem() {
    assertThatExceptionOfType(MalformedRecordException.class)
        .isThrownBy(() -> ControlCharacters.DROP.applyTo(record("k", "\0\u0001", Map.of())))
        .extracting(MalformedRecordException::reason)
        .isEqualTo(Reason.EMPTY_TEXT);
    assertThatExceptionOfType(MalformedRecordException.class)
        .isThrownBy(
            () -> ControlCharacters.DROP.applyTo(record("k", "t", Map.of("n", 1L, "n\0", 2L))))
        .extracting(MalformedRecordException::reason)
        .isEqualTo(Reason.DUPLICATE_PROPERTY);
  }

  @Test
  void leavesNoEmptyKey() {
    assertThat(ControlCharacters.DROP.applyTo(record("\0", "t", Map.of())).key()).isNull();
  }

  @Test
  void leavesNoBlankText() {
    assertThatExceptionOfType(MalformedRecordException.class)
        .isThrownBy(() -> ControlCharacters.DROP.applyTo(record("k", "\0 \n", Map.of())))
        .withMessageContaining("nothing is left of the text without its control characters")
        .extracting(MalformedRecordException::reason)
        .isEqualTo(Reason.EMPTY_TEXT);
  }

  @Test
  void leavesNoneInRandomTexts() {
    var random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      String text =
          random
              .ints(1 + random.nextInt(20), 0, 0x180)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .append("end")
              .toString();
      String dropped = ControlCharacters.DROP.applyTo(record(null, text, Map.of())).text();

      assertThat(dropped).isEqualTo(text.replaceAll("[\\p{Cc}&&[^\\t\\r\\n]]", ""));
    }
  }

  @Test
  void worksForEachFormatThatHasTexts() {
    byte[] json = "{\"text\":\"a\\u0000b\"}".getBytes(StandardCharsets.UTF_8);
    var mapping =
        new RecordMapping(
            Envelope.NONE, Template.parse("{/text}"), null, MetadataMapping.NONE, null, null);

    assertThat(decode(TextFormat.JSON, null, json)).isEqualTo("ab");
    assertThat(decode(TextFormat.JSON, mapping, json)).isEqualTo("ab");
    assertThat(decode(TextFormat.PLAIN_TEXT, null, new byte[] {'a', 1, 'b'})).isEqualTo("ab");
  }

  private static String decode(TextFormat format, @Nullable RecordMapping mapping, byte[] value) {
    var position = new SourcePosition("texts", 0, 7);
    var record = new SourceRecord(position, 7, null, value, List.of());
    var formatOfRecords =
        new RecordFormat(
            format, KeyFormat.STRING, mapping, ControlCharacters.DROP, FormatOptions.NONE);
    try (RecordDecoder decoder = formatOfRecords.open()) {
      return Objects.requireNonNull(decoder.decode(record).text()).text();
    }
  }

  private static TextRecord record(@Nullable String key, String text, Map<String, ?> metadata) {
    @SuppressWarnings("unchecked")
    var values = (Map<String, @Nullable Object>) metadata;
    return new TextRecord(key, text, null, values, 7);
  }
}
