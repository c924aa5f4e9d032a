package dev.streambed.jobs.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.format.Decoded;
import dev.streambed.jobs.format.Envelope;
import dev.streambed.jobs.format.FormatOptions;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.MetadataMapping;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.format.RecordMapping;
import dev.streambed.jobs.format.Template;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.RecordHeader;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60) // what should be a dead letter must not wait for ever
class RegistryRecordsTest {
  private static final String TEXT =
      "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"text\",\"type\":\"string\"}]}";
  private static final byte[] HELLO = HexFormat.of().parseHex("0000000001" + "0a48656c6c6f");

  @RegisterExtension private final FakeRegistry registry = new FakeRegistry();

  /** Debezium's connectors write Avro as this, with their keys. */
  @Test
  void readsKeysAndChangeEvents() {
    registry.put(1, TEXT.replace("text", "id").replace("string", "long"), "[]");
    registry.put(
        2,
        "{\"type\":\"record\",\"name\":\"Envelope\",\"fields\":[{\"name\":\"before\",\"type\":[\"null\","
            + TEXT
            + "]},{\"name\":\"after\",\"type\":[\"null\",\"R\"]},{\"name\":\"op\",\"type\":\"string\"},{\"name\":\"ts_ms\",\"type\":[\"null\",\"long\"]}]}",
        "[]");
    registry.put(3, "\"long\"", "[]");
    try (RecordDecoder decoder = debezium().open()) {
      Decoded update =
          decoder.decode(
              record("000000000154", "0000000002" + "00" + "02" + "0248" + "0275" + "00"));
      Decoded deletion =
          decoder.decode(
              record("000000000154", "0000000002" + "02" + "0248" + "00" + "0264" + "00"));
      Decoded scalar =
          decoder.decode(
              record("000000000354", "0000000002" + "00" + "02" + "0248" + "0263" + "00"));

      assertThat(text(update).text()).isEqualTo("H");
      assertThat(text(update).key()).isEqualTo("{\"id\":42}");
      assertThat(text(scalar).key()).isEqualTo("42");
      assertThat(deletion.kind()).isEqualTo(Decoded.Kind.DELETION);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"value", "key"})
  void refusesAnIdInAHeader(String part) {
    SourceRecord record =
        new SourceRecord(
            new SourcePosition("t", 0, 0),
            -1,
            null,
            HELLO,
            List.of(new RecordHeader("__%s_schema_id".formatted(part), new byte[17])));
    try (RecordDecoder decoder = debezium().open()) {
      assertThatThrownBy(() -> decoder.decode(record))
          .isInstanceOf(MalformedRecordException.class)
          .hasMessageContaining(
              "before the %1$s, with %1$s.schema.id.serializer: io.confluent.kafka.serializers.schema.id.PrefixSchemaIdSerializer"
                  .formatted(part));
    }
  }

  private static TextRecord text(Decoded decoded) {
    return Objects.requireNonNull(decoded.text());
  }

  private RecordFormat debezium() {
    return new RecordFormat(
        TextFormat.AVRO,
        KeyFormat.AVRO,
        new RecordMapping(
            Envelope.DEBEZIUM, Template.parse("{/text}"), null, MetadataMapping.NONE, null, null),
        new FormatOptions(null, registry.options(), null, null));
  }

  private static SourceRecord record(String key, String value) {
    return new SourceRecord(
        new SourcePosition("t", 0, 0),
        -1,
        HexFormat.of().parseHex(key),
        HexFormat.of().parseHex(value),
        List.of());
  }
}
