package dev.streambed.schemas.json;

import static dev.streambed.schemas.Checks.check;
import static dev.streambed.schemas.MalformedRecordException.malformed;
import static dev.streambed.schemas.json.StrictJson.required;

import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.Utf8;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Texts as bytes, in two formats: a JSON object after {@code text-record.schema.json}, or nothing
 * but the text.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class TextRecordCodec {

  static final int VERSION = 1;
  private static final String WHAT = "text record";
  private static final List<String> PROPERTIES =
      List.of("schemaVersion", "key", "text", "prompt", "metadata", "eventTimeMillis");

  private TextRecordCodec() {}

  /**
   * One JSON object; properties that have no value are left out.
   *
   * @throws IllegalArgumentException if a value of the metadata is no string: version 1 takes none
   */
  public static byte[] encodeJson(TextRecord record) {
    record
        .metadata()
        .values()
        .forEach(
            value ->
                check(value instanceof String, "a metadata value", "of another type", "a string"));
    return JsonText.write(
        json -> {
          json.writeNumberField("schemaVersion", VERSION);
          JsonText.writeOptional(json, "key", record.key());
          json.writeStringField("text", record.text());
          JsonText.writeOptional(json, "prompt", record.prompt());
          JsonText.writeMetadata(json, "metadata", record.metadata());
          JsonText.writeTime(json, "eventTimeMillis", record.eventTimeMillis());
        });
  }

  /**
   * Decodes one JSON object.
   *
   * @param kafkaKey key of the Kafka record: the record's key if the object has none
   * @param timestampMillis timestamp of the Kafka record: its event time if the object has none;
   *     negative for none
   */
  public static TextRecord decodeJson(
      byte[] value, @Nullable String kafkaKey, long timestampMillis) {
    var fields = new Fields(kafkaKey, timestampMillis);
    StrictJson.read(value, WHAT, PROPERTIES, fields::read);
    String text = required(fields.text, WHAT, "text");
    if (text.isEmpty()) {
      throw malformed(WHAT, Reason.EMPTY_TEXT, "text is empty");
    }
    return new TextRecord(fields.key, text, fields.prompt, fields.metadata, fields.eventTimeMillis);
  }

  /**
   * Decodes a value that is nothing but the text, in UTF-8 with or without a byte order mark. Key
   * and event time are as in JSON.
   */
  public static TextRecord decodePlainText(
      byte[] value, @Nullable String kafkaKey, long timestampMillis) {
    String text = Utf8.decode(value, WHAT);
    int nul = text.indexOf('\0');
    if (nul >= 0) {
      throw malformed(
          WHAT,
          Reason.NOT_TEXT,
          "a NUL character at character " + nul + ForeignFormat.describe(value, WHAT));
    }
    String content = Utf8.withoutByteOrderMark(text);
    if (content.isEmpty()) {
      throw malformed(WHAT, Reason.EMPTY_TEXT, "text is empty");
    }
    return new TextRecord(
        kafkaKey, content, /* prompt= */ null, Map.of(), eventTime(timestampMillis));
  }

  private static long eventTime(long timestampMillis) {
    return timestampMillis < 0 ? TextRecord.NO_EVENT_TIME : timestampMillis;
  }

  /** The properties that were read so far. */
  private static final class Fields {
    private @Nullable String key;
    private @Nullable String text;
    private @Nullable String prompt;
    private Map<String, @Nullable Object> metadata = Map.of();
    private long eventTimeMillis;

    Fields(@Nullable String key, long timestampMillis) {
      this.key = key;
      this.eventTimeMillis = eventTime(timestampMillis);
    }

    boolean read(StrictJson json, String property) throws IOException {
      switch (property) {
        case "schemaVersion" -> json.readOptionalVersion(VERSION);
        case "key" -> key = json.readOptionalString(property);
        case "text" -> text = json.readOptionalString(property);
        case "prompt" -> prompt = json.readOptionalNonEmptyString(property);
        case "metadata" -> metadata = json.readMap(property);
        case "eventTimeMillis" -> {
          Long time = json.readOptionalLong(property);
          eventTimeMillis = time == null ? eventTimeMillis : time;
        }
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
