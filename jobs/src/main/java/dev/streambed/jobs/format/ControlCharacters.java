package dev.streambed.jobs.format;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.TextRecord;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of control characters (Unicode's category Cc, without tab, line feed and carriage
 * return) in the strings that are passed on. Some stores refuse them, PostgreSQL U+0000.
 */
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
   *     else is in the text
   */
  TextRecord applyTo(TextRecord record) {
    if (this == KEEP || !isIn(record)) {
      return record;
    }
    String text = without(record.text(), "the text");
    if (text.isEmpty()) {
      throw malformed(
          RecordMapping.WHAT, Reason.EMPTY_TEXT, "the text is made of control characters");
    }
    String key = record.key();
    Map<String, @Nullable Object> metadata = new TreeMap<>();
    record
        .metadata()
        .forEach(
            (name, value) -> {
              String kept = without(name, "a name in metadata");
              if (metadata.containsKey(kept)) {
                throw malformed(
                    RecordMapping.WHAT,
                    Reason.DUPLICATE_PROPERTY,
                    "two names in metadata are the same without their control characters");
              }
              metadata.put(kept, withoutIn(name, value));
            });
    return new TextRecord(
        key == null ? null : without(key, "the key"),
        text,
        record.prompt(),
        metadata,
        record.eventTimeMillis());
  }

  /**
   * A key without what this leaves out.
   *
   * @throws dev.streambed.schemas.MalformedRecordException if it takes none, and there is one
   */
  String applyTo(String key) {
    return this == KEEP ? key : without(key, "the key");
  }

  private static boolean isIn(TextRecord record) {
    String key = record.key();
    return indexIn(record.text()) >= 0
        || (key != null && indexIn(key) >= 0)
        || record.metadata().entrySet().stream()
            .anyMatch(entry -> indexIn(entry.getKey()) >= 0 || isIn(entry.getValue()));
  }

  private static boolean isIn(@Nullable Object value) {
    return value instanceof String string
        ? indexIn(string) >= 0
        : value instanceof List<?> list && list.stream().anyMatch(ControlCharacters::isIn);
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
