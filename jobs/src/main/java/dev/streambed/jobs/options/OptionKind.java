package dev.streambed.jobs.options;

import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** What kind of value an option of Flink's {@code Configuration} takes; Flink does not tell. */
enum OptionKind {
  TEXT,
  LIST,
  MAP,
  /** Also booleans, durations and sizes. */
  NUMBER_OR_CHOICE;

  /** Finds out by trying: no number and no constant of an enum is written like this. */
  static OptionKind of(ConfigOption<?> option) {
    Object found = convert(option, "[]");
    if (found instanceof List) {
      return LIST;
    }
    if (found instanceof String) {
      return TEXT;
    }
    return convert(option, "{}") instanceof Map ? MAP : NUMBER_OR_CHOICE;
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
}
