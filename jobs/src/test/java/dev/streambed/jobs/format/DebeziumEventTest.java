package dev.streambed.jobs.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.format.Decoded.Kind;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DebeziumEventTest {
  private static final String SOURCE =
      "\"source\":{\"connector\":\"postgresql\",\"table\":\"articles\"},\"ts_ms\":1700000000000";

  private static final RecordFormat FORMAT =
      new RecordFormat(
          TextFormat.JSON,
          KeyFormat.JSON,
          new RecordMapping(
              Envelope.DEBEZIUM,
              Template.parse("{/title}: {/body}"),
              null,
              MetadataMapping.parse(List.of("/price", "/tags")),
              null,
              null));

  @ParameterizedTest
  @ValueSource(strings = {"c", "r", "u"})
  void takesTheRowAsItIsAfterTheChange(String operation) {
    String event =
        "{\"before\":{\"title\":\"Old\",\"body\":\"gone\"},\"after\":{\"title\":\"New\",\"body\":\"here\",\"price\":2},%s,\"op\":\"%s\"}"
            .formatted(SOURCE, operation);

    TextRecord text = text(event);

    assertThat(text.text()).isEqualTo("New: here");
    assertThat(text.metadata()).isEqualTo(Map.of("price", 2L));
    assertThat(text.key()).isEqualTo("{\"id\":1}");
    assertThat(text(withSchema(event))).isEqualTo(text);
  }

  @Test
  void takesTheDocumentThatMongoDbWritesInAString() {
    String event =
        "{\"after\":\"{\\\"title\\\": \\\"New\\\", \\\"body\\\": \\\"here\\\"}\",%s,\"op\":\"u\"}"
            .formatted(SOURCE);

    assertThat(text(event).text()).isEqualTo("New: here");
  }

  @Test
  void deletesUnderTheKeyOfADeletedRow() {
    String event = "{\"before\":{\"id\":1},\"after\":null,%s,\"op\":\"d\"}".formatted(SOURCE);

    assertThat(decode(event)).isEqualTo(new Decoded(Kind.DELETION, null));
    assertThat(decode(withSchema(event)).kind()).isEqualTo(Kind.DELETION);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"op\":\"t\",\"source\":{}}",
        "{\"op\":\"m\",\"source\":{},\"message\":{\"prefix\":\"p\",\"content\":\"aGk=\"}}",
        "{\"source\":{},\"databaseName\":\"shop\",\"ddl\":\"ALTER TABLE articles\",\"tableChanges\":[]}",
        "{\"status\":\"END\",\"id\":\"571\",\"event_count\":2,\"data_collections\":[],\"ts_ms\":1}",
        "{\"ts_ms\":1700000000000}"
      })
  void skipsWhatIsAboutTheSource(String event) {
    assertThat(decode(event).kind()).isEqualTo(Kind.SKIPPED);
    assertThat(decode(withSchema(event)).kind()).isEqualTo(Kind.SKIPPED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"title\":\"secret\",\"body\":\"secret\",\"status\":\"new\",\"ts_ms\":1}",
        "{\"op\":\"x\",\"after\":{\"title\":\"secret\"}}",
        "{\"op\":7,\"after\":{\"title\":\"secret\"}}",
        "{\"op\":\"c\",\"after\":null}",
        "{\"op\":\"u\",\"after\":[\"secret\"]}",
        "{\"op\":\"u\",\"after\":\"secret\"}",
        "{\"op\":\"u\",\"patch\":\"secret\"}",
        "{\"schema\":{},\"payload\":null}",
        "[\"secret\"]"
      })
  void refusesWhatIsNoChangeEvent(String event) {
    assertThatThrownBy(() -> decode(event))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining("change event")
        .hasMessageNotContaining("secret");
  }

  @Test
  void refusesAColumnThatTheDatabaseDidNotLog() {
    String text = "{\"op\":\"u\",\"after\":{\"title\":\"T\",\"body\":\"%s\"}}";
    String tags = "{\"op\":\"u\",\"after\":{\"title\":\"T\",\"tags\":[\"%s\"]}}";

    for (String event : List.of(text, tags)) {
      assertThatThrownBy(() -> decode(event.formatted(DebeziumEvent.UNAVAILABLE)))
          .isInstanceOf(MalformedRecordException.class)
          .hasMessageContaining("REPLICA IDENTITY FULL");
    }
  }

  /** As Kafka Connect's JsonConverter writes it unless schemas.enable is false. */
  private static String withSchema(String event) {
    return "{\"schema\":{\"type\":\"struct\",\"name\":\"shop.articles.Envelope\"},\"payload\":%s}"
        .formatted(event);
  }

  private static TextRecord text(String event) {
    Decoded decoded = decode(event);
    assertThat(decoded.kind()).isEqualTo(Kind.TEXT);
    return Objects.requireNonNull(decoded.text());
  }

  private static Decoded decode(String event) {
    return FORMAT.open().decode(record(event.getBytes(StandardCharsets.UTF_8)));
  }

  private static SourceRecord record(byte[] value) {
    byte[] key =
        "{\"schema\":{\"type\":\"struct\"},\"payload\":{\"id\":1}}"
            .getBytes(StandardCharsets.UTF_8);
    return new SourceRecord(new SourcePosition("shop.articles", 0, 0), 1, key, value, List.of());
  }
}
