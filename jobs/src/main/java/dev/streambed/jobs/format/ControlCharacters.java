package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * How control characters are treated (Unicode's category Cc, without tab, line feed and carriage
 * return) in the strings that are passed on. Some stores refuse them, PostgreSQL U+0000.
 */
@Internal
public enum ControlCharacters {
  /** They stay. */
  KEEP("keep"),
  /** They are left out of the strings. */
  DROP("drop"),
  /** The record is a dead letter. */
  REJECT("reject");

  private final String optionValue;

  ControlCharacters(String optionValue) {
    this.optionValue = optionValue;
  }

  /**
   * The record without them; the same object if it has none.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if they are to be rejected, or nothing
   *     else is in the text. A key of nothing else is none
   */
  TextRecord applyTo(TextRecord record) {
    if (this == KEEP) {
      return record;
    }
    String text = without(record.text(), "the text");
    String written = record.key();
    String key = written == null ? null : applyTo(written);
    Map<String, @Nullable Object> metadata = without(record.metadata());
    boolean isWhole = text.length() == record.text().length();
    if (isWhole && Objects.equals(key, written) && metadata.equals(record.metadata())) {
      return record;
    }
    if (!isWhole && text.isBlank()) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.EMPTY_TEXT,
          "nothing is left of the text without its control characters");
    }
    return new TextRecord(key, text, record.prompt(), metadata, record.eventTimeMillis());
  }

  /**
   * A key without them; null if nothing else is in it, as of a template that gives nothing.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if they are to be rejected
   */
  @Nullable String applyTo(String key) {
    if (this == KEEP) {
      return key;
    }
    String rest = without(key, "the key");
    return rest.isEmpty() ? null : rest;
  }

  private Map<String, @Nullable Object> without(Map<String, @Nullable Object> metadata) {
    Map<String, @Nullable Object> kept = new TreeMap<>();
    metadata.forEach(
        (written, value) -> {
          String name = without(written, "a name in metadata");
          if (kept.containsKey(name)) {
            throw malformed(
                RecordMapping.WHAT,
                Reason.DUPLICATE_PROPERTY,
                "two names in metadata are the same without their control characters");
          }
          kept.put(name, withoutIn(name, value));
        });
    return kept;
  }

  private @Nullable Object withoutIn(String name, @Nullable Object value) {
    if (value instanceof String string) {
      return without(string, "metadata " + name);
    }
    return value instanceof List<?> list
        ? list.stream().map(element -> withoutIn(name, element)).toList()
        : value;
  }

  private String without(String string, String what) {
    int first = indexIn(string);
    if (first < 0) {
      return string;
    }
    if (this == REJECT) {
      throw malformed(
          RecordMapping.WHAT,
          Reason.CONTROL_CHARACTER,
          "%s has U+%04X at index %d, and streambed.source.control-characters is reject"
              .formatted(what, (int) string.charAt(first), first));
    }
    var rest = new StringBuilder(string.length()).append(string, 0, first);
    for (int i = first + 1; i < string.length(); i++) {
      char character = string.charAt(i);
      if (!isControl(character)) {
        rest.append(character);
      }
    }
    return rest.toString();
  }

  /** Index of the first; -1 if there is none. */
  private static int indexIn(String string) {
    for (int i = 0; i < string.length(); i++) {
      if (isControl(string.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  /** All are in the basic plane. */
  private static boolean isControl(char character) {
    return Character.isISOControl(character)
        && character != '\t'
        && character != '\n'
        && character != '\r';
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
