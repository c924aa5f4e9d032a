package dev.streambed.schemas.json;

import static dev.streambed.schemas.Records.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.schemas.Records;
import dev.streambed.schemas.TextRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextRecordCodecTest {
  @Test
  void decodesWhatItEncoded() {
    for (int seed = 0; seed < 2_000; seed++) {
      TextRecord record = Records.randomText(new Random(seed));

      byte[] bytes = TextRecordCodec.encodeJson(record);

      assertThat(TextRecordCodec.decodeJson(bytes, null, 0)).as("seed %d", seed).isEqualTo(record);
    }
  }

  @Test
  void encodesEqualRecordsToEqualBytesWhateverTheOrderOfMetadata() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      names.add("name-" + i);
    }
    byte[] expected = TextRecordCodec.encodeJson(withMetadata(names));

    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(names, new Random(seed));

      assertThat(TextRecordCodec.encodeJson(withMetadata(names)))
          .as("seed %d", seed)
          .isEqualTo(expected);
    }
  }

  @Test
  void takesKeyAndTimeFromKafkaWhereTheDocumentHasNone() {
    var record = TextRecordCodec.decodeJson(utf8("{\"text\":\"a\"}"), "kafka key", 42);

    assertThat(record).isEqualTo(new TextRecord("kafka key", "a", null, Map.of(), 42));
  }

  @Test
  void prefersKeyAndTimeOfTheDocument() {
    byte[] value = utf8("{\"eventTimeMillis\":-1,\"key\":\"its own\",\"text\":\"a\"}");

    var record = TextRecordCodec.decodeJson(value, "kafka key", 42);

    assertThat(record).isEqualTo(new TextRecord("its own", "a", null, Map.of(), -1));
  }

  @Test
  void takesNullForAnAbsentOptionalProperty() {
    byte[] value =
        utf8(
            "{\"text\":\"a\",\"prompt\":null,\"metadata\":null,\"key\":null,"
                + "\"schemaVersion\":null,\"eventTimeMillis\":null}");
    byte[] nullInMetadata = utf8("{\"text\":\"a\",\"metadata\":{\"lang\":null,\"year\":\"1862\"}}");

    var record = TextRecordCodec.decodeJson(value, null, 42);
    var withoutLang = TextRecordCodec.decodeJson(nullInMetadata, null, 42);

    assertThat(record).isEqualTo(new TextRecord(null, "a", null, Map.of(), 42));
    assertThat(withoutLang.metadata()).isEqualTo(Map.of("year", "1862"));
  }

  @Test
  void hasNoEventTimeWhereNeitherDocumentNorKafkaHasOne() {
    var json = TextRecordCodec.decodeJson(utf8("{\"text\":\"a\"}"), null, -1);
    var plainText = TextRecordCodec.decodePlainText(utf8("a"), null, -1);

    assertThat(json.eventTimeMillis()).isEqualTo(TextRecord.NO_EVENT_TIME);
    assertThat(plainText.eventTimeMillis()).isEqualTo(TextRecord.NO_EVENT_TIME);
    assertThat(new String(TextRecordCodec.encodeJson(json), StandardCharsets.UTF_8))
        .doesNotContain("eventTimeMillis");
  }

  @Test
  void decodesPlainTextAsItIs() {
    byte[] value = utf8("{\"text\":1}\r\n 日本 \uD83D\uDE00");

    var record = TextRecordCodec.decodePlainText(value, "key", 42);

    assertThat(record)
        .isEqualTo(new TextRecord("key", "{\"text\":1}\r\n 日本 \uD83D\uDE00", null, Map.of(), 42));
  }

  @Test
  void takesNoByteOrderMarkForText() {
    byte[] marked = utf8("\uFEFFa\uFEFFb");

    assertThat(TextRecordCodec.decodePlainText(marked, null, 0).text()).isEqualTo("a\uFEFFb");
    assertThatThrownBy(() -> TextRecordCodec.decodePlainText(utf8("\uFEFF"), null, 0))
        .hasMessage("Cannot decode text record: text is empty.");
  }

  @Test
  void refusesToBuildARecordThatHasNoBytes() {
    assertThatThrownBy(() -> new TextRecord(null, "secret \uD800", null, Map.of(), 0))
        .hasMessage("Invalid value with an unpaired surrogate for text: must be valid Unicode.");
    assertThatThrownBy(() -> new TextRecord(null, "", null, Map.of(), 0))
        .hasMessage("Invalid value of length 0 for text: must be at least 1 character long.");
  }

  @Test
  void showsNoContentInToString() {
    assertThat(Records.text()).hasToString("TextRecord[75 characters, prompt passage]");
  }

  private static TextRecord withMetadata(List<String> names) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    names.forEach(name -> metadata.put(name, "value of " + name));
    return new TextRecord("key", "text", null, metadata, 0);
  }
}
