package dev.streambed.jobs.options.flink;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.TimeUtils;

/** The kind of value that an option of Flink's {@code Configuration} takes; Flink does not say. */
@Internal
public enum OptionType {
  TEXT("a text"),
  LIST("a list"),
  MAP("names with their values"),
  BOOLEAN("true or false"),
  DURATION("a duration of at least 0, such as 10 s"),
  SIZE("a size of at least 0, such as 64 mb"),
  NUMBER("a number in range"),
  CHOICE("one of the names that Flink's documentation lists");

  private final String words;

  OptionType(String words) {
    this.words = words;
  }

  /** Describes such a value, for messages. */
  public String words() {
    return words;
  }

  /** Finds out by trying: no number and no constant of an enum is written like a list. */
  public static OptionType of(ConfigOption<?> option) {
    Object ofList = convert(option, "[]");
    if (ofList instanceof List) {
      return LIST;
    }
    if (ofList instanceof String) {
      return TEXT;
    }
    if (convert(option, "{}") instanceof Map) {
      return MAP;
    }
    if (convert(option, "true") instanceof Boolean) {
      return BOOLEAN;
    }
    if (convert(option, "1 s") instanceof Duration) {
      return DURATION;
    }
    if (convert(option, "1 b") instanceof MemorySize) {
      return SIZE;
    }
    return convert(option, "1") instanceof Number ? NUMBER : CHOICE;
  }

  /** The option's value of a text; the option itself if it takes no such text. */
  private static Object convert(ConfigOption<?> option, String text) {
    try {
      return Configuration.fromMap(Map.of(option.key(), text))
          .getOptional(option)
          .map(Object.class::cast)
          .orElse(option);
    } catch (IllegalArgumentException e) {
      return option;
    }
  }

  /** Whether a value is, or has, any text. */
  public boolean hasText() {
    return this == TEXT || this == LIST || this == MAP;
  }

  /** Describes the values of an option, for messages: {@code must be …}. */
  public static String expected(ConfigOption<?> option) {
    return option.defaultValue() instanceof Enum<?> one
        ? "one of "
            + Arrays.stream(one.getDeclaringClass().getEnumConstants())
                .map(String::valueOf)
                .collect(Collectors.joining(", "))
        : of(option).words;
  }

  /** A value as people write it in a file. */
  public static String written(Object value) {
    if (value instanceof Duration duration) {
      return TimeUtils.formatWithHighestUnit(duration);
    }
    return value instanceof String ? "'" + value + "'" : String.valueOf(value);
  }
}
