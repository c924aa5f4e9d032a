package dev.streambed.schemas;

import static dev.streambed.schemas.StrictJson.malformed;
import static dev.streambed.schemas.StrictJson.required;

import dev.streambed.schemas.MalformedRecordException.Reason;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts as bytes, in two formats: a JSON object after {@code text-record.schema.json}, or nothing
 * but the text.
 */
public final class TextRecordCodec {

  static final int VERSION = 1;
  private static final String WHAT = "text record";

  private TextRecordCodec() {}

  /** One JSON object; properties that have no value are left out. */
  public static byte[] encodeJson(TextRecord record) {
    return JsonText.write(
        json -> {
          json.writeNumberField("schemaVersion", VERSION);
          JsonText.writeOptional(json, "key", record.key());
          json.writeStringField("text", record.text());
          JsonText.writeOptional(json, "prompt", record.prompt());
          JsonText.writeMap(json, "metadata", record.metadata());
          json.writeNumberField("eventTimeMillis", record.eventTimeMillis());
        });
  }

  /**
   * Decodes one JSON object.
   *
   * @param kafkaKey key of the Kafka record: the record's key if the object has none and these
   *     bytes are UTF-8
   * @param timestampMillis timestamp of the Kafka record: its event time if the object has none
   */
  public static TextRecord decodeJson(
      byte[] value, byte @Nullable [] kafkaKey, long timestampMillis) {
    var fields = new Fields(StrictJson.utf8OrNull(kafkaKey), timestampMillis);
    StrictJson.read(value, WHAT, fields::read);
    String text = required(fields.text, WHAT, "text");
    if (text.isEmpty()) {
      throw malformed(WHAT, Reason.EMPTY_TEXT, "text is empty");
    }
    return new TextRecord(fields.key, text, fields.prompt, fields.metadata, fields.eventTimeMillis);
  }

  /** Decodes a value that is nothing but the text, in UTF-8; the rest as in JSON. */
  public static TextRecord decodePlainText(
      byte[] value, byte @Nullable [] kafkaKey, long timestampMillis) {
    String text = StrictJson.utf8(value, WHAT);
    if (text.isEmpty()) {
      throw malformed(WHAT, Reason.EMPTY_TEXT, "text is empty");
    }
    String key = StrictJson.utf8OrNull(kafkaKey);
    return new TextRecord(key, text, /* prompt= */ null, Map.of(), timestampMillis);
  }

  /** What was read so far. */
  private static final class Fields {
    private @Nullable String key;
    private @Nullable String text;
    private @Nullable String prompt;
    private Map<String, String> metadata = Map.of();
    private long eventTimeMillis;

    Fields(@Nullable String key, long timestampMillis) {
      this.key = key;
      this.eventTimeMillis = timestampMillis;
    }

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "schemaVersion" -> json.readVersion(VERSION);
        case "key" -> key = json.readOptionalString(property);
        case "text" -> text = json.readString(property);
        case "prompt" -> prompt = json.readOptionalString(property);
        case "metadata" -> metadata = json.readMap(property);
        case "eventTimeMillis" -> eventTimeMillis = json.readLong(property);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
