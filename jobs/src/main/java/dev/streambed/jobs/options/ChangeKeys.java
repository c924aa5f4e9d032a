package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;

import dev.streambed.operator.change.ChangeMode;
import dev.streambed.operator.change.ChangeOptions;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** The keys of {@link ChangeOptions}, which itself knows no keys, and how they are read. */
final class ChangeKeys {

  static final ConfigOption<ChangeMode> MODE =
      ConfigOptions.key("streambed.changes.mode")
          .enumType(ChangeMode.class)
          .defaultValue(ChangeOptions.OFF.mode())
          .withDescription(
              "What becomes of a record whose text, prompt, model and dimensions are those of the"
                  + " last one under its key. off: it is embedded and written as any other. skip: it"
                  + " is not embedded, and not written. metadata-only: it is not embedded; if its"
                  + " metadata changed, it is written with the vector that Flink's state keeps. Both"
                  + " need state for each key (docs/documents.md).");

  static final ConfigOption<Duration> TTL =
      ConfigOptions.key("streambed.changes.ttl")
          .durationType()
          .noDefaultValue()
          .withDescription(
              "How long a key is remembered after its last record; for ever if absent. Longer than"
                  + " the time between two loads of the same documents, or each load embeds all."
                  + " Small: less state.");

  private ChangeKeys() {}

  static ChangeOptions read(Configuration file) {
    ChangeMode mode = file.get(MODE);
    @Nullable Duration ttl = file.getOptional(TTL).orElse(null);
    if (ttl != null) {
      check(
          mode != ChangeMode.OFF,
          TTL,
          ttl,
          "absent, as nothing is remembered while %s is off".formatted(MODE.key()));
      check(ttl.toMillis() >= 1, TTL, ttl, "at least 1 ms");
    }
    return new ChangeOptions(mode, ttl);
  }
}
