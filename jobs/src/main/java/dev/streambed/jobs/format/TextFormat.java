package dev.streambed.jobs.format;

import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.json.TextRecordCodec;

/** What the values of the source topic look like. */
public enum TextFormat {
  /** A JSON object after text-record.schema.json. */
  JSON("json"),
  /** Nothing but the text, in UTF-8. */
  PLAIN_TEXT("plain-text");

  private final String optionValue;

  TextFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  /**
   * Decodes the value of a record.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it has another format
   */
  public TextRecord decode(SourceRecord record, byte[] value) {
    return switch (this) {
      case JSON -> TextRecordCodec.decodeJson(value, record.key(), record.timestampMillis());
      case PLAIN_TEXT ->
          TextRecordCodec.decodePlainText(value, record.key(), record.timestampMillis());
    };
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
