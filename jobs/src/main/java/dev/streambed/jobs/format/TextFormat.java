package dev.streambed.jobs.format;

import dev.streambed.schemas.json.JsonTree;

/** The format of the values of the source topic. */
public enum TextFormat {
  /** JSON: after text-record.schema.json, or, with a mapping, of any shape. */
  JSON("json"),
  /** Nothing but the text, in UTF-8. */
  PLAIN_TEXT("plain-text");

  private final String optionValue;

  TextFormat(String optionValue) {
    this.optionValue = optionValue;
  }

  /**
   * A decoder of values with fields.
   *
   * @param options for the formats that need them
   * @throws IllegalStateException for a format without fields
   */
  DocumentDecoder open(FormatOptions options) {
    return switch (this) {
      case JSON -> value -> JsonTree.decode(value, RecordMapping.WHAT);
      case PLAIN_TEXT -> throw new IllegalStateException("Plain text has no fields to map.");
    };
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
