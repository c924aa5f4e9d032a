package dev.streambed.jobs.options;

import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;

/** The table of options as docs/options.md has it. */
final class OptionsTable {

  private OptionsTable() {}

  static String markdown() {
    var table = new StringBuilder("| option | default | what it does |\n|---|---|---|\n");
    for (ConfigOption<?> option : JobOptions.all()) {
      table.append(
          "| `%s` | %s | %s |\n"
              .formatted(option.key(), defaultOf(option), escape(description(option))));
    }
    return table.toString();
  }

  static String description(ConfigOption<?> option) {
    return new HtmlFormatter()
        .format(option.description())
        .replace("&lt;", "<")
        .replace("&gt;", ">");
  }

  private static String defaultOf(ConfigOption<?> option) {
    if (option.key().equals(JobOptions.SINK_BOOTSTRAP_SERVERS.key())) {
      return "the source's";
    }
    if (option.defaultValue() instanceof Map<?, ?> map && map.isEmpty()) {
      return "";
    }
    if (option.defaultValue() instanceof Duration duration) {
      return "`" + TimeUtils.formatWithHighestUnit(duration) + "`";
    }
    return option.hasDefaultValue() ? "`" + option.defaultValue() + "`" : "";
  }

  private static String escape(String text) {
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("|", "\\|");
  }
}
