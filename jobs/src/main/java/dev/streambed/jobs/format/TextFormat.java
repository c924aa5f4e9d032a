package dev.streambed.jobs.format;

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

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
