package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kafka's keys in each format. */
class KeyFormatTest {
  private static final RecordMapping MAPPING =
      new RecordMapping(
          Envelope.NONE, Template.parse("{/title}"), null, MetadataMapping.NONE, null, null);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "JSON | order-7 | Cannot decode key: not valid JSON",
        "JSON | 7 | the document must be an object or an array, found a whole number.",
        "LONG | {} | 2 bytes are no long, which has 8.",
        "AVRO | {} | begins like JSON: set streambed.source.key-format: json.",
        "PROTOBUF | {} | of another type than streambed.source.key-message says",
      })
  void saysHowItReadAKeyThatIsNone(KeyFormat keys, String key, String message) {
    var options =
        new FormatOptions(
            null,
            new RegistryOptions(List.of("http://localhost:1"), null, null, Map.of()),
            BadProtobuf.options().message(),
            BadProtobuf.options().message());
    var format = new RecordFormat(TextFormat.JSON, keys, MAPPING, options);

    assertThatThrownBy(() -> key(format, key.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining(message)
        .hasMessageEndingWith(" Keys are read as streambed.source.key-format: " + keys + ".");
  }

  @Test
  void readsKeysInTheirFormat() {
    byte[] seven = {0, 0, 0, 0, 0, 0, 0, 7};

    assertThat(key(new RecordFormat(TextFormat.JSON, KeyFormat.LONG, MAPPING), seven))
        .isEqualTo("7");
    assertThat(key(new RecordFormat(TextFormat.JSON, KeyFormat.STRING, MAPPING), seven))
        .isEqualTo("base64:AAAAAAAAAAc=");
    assertThat(
            key(
                new RecordFormat(TextFormat.JSON, KeyFormat.JSON, MAPPING),
                "{ \"id\": 1 }".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("{\"id\":1}");
    assertThatThrownBy(
            () -> key(new RecordFormat(TextFormat.JSON, KeyFormat.LONG, MAPPING), new byte[4]))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("4 bytes are no long");
  }

  private static @Nullable String key(RecordFormat format, byte[] key) {
    byte[] value = "{\"title\":\"Kettle\"}".getBytes(StandardCharsets.UTF_8);
    var record = new SourceRecord(new SourcePosition("texts", 0, 0), 7, key, value, List.of());
    return Objects.requireNonNull(format.open().decode(record).text()).key();
  }
}
