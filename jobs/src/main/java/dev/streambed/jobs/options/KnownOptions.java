package dev.streambed.jobs.options;

import dev.streambed.jobs.options.flink.FlinkOptions;
import dev.streambed.jobs.options.flink.OptionType;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/** The keys that a pipeline file may have: {@link JobOptions} and Flink's own. */
@Internal
public final class KnownOptions {
  private static final Set<String> KAFKA_PREFIXES =
      Set.of(JobOptions.SOURCE_KAFKA.key() + ".", JobOptions.SINK_KAFKA.key() + ".");

  /** Options that list addresses, as Kafka's clients do, topics, or lengths of vectors. */
  private static final Set<String> LISTS_WITH_COMMAS =
      Set.of(
          JobOptions.SOURCE_BOOTSTRAP_SERVERS.key(),
          SourceTopics.TOPICS.key(),
          JobOptions.SINK_BOOTSTRAP_SERVERS.key(),
          ModelKeys.DIMENSIONS.key(),
          RegistryKeys.URL.key());

  private static final String OWN_PREFIX = "streambed.";

  /** A suggestion differs from the key by at most this share of its length. */
  private static final double LARGEST_DIFFERENCE = 0.4;

  private static final Map<String, ConfigOption<?>> ALL = all();

  private KnownOptions() {}

  /** The option of a key, which may be an older name; null for names of the user's choice. */
  static @Nullable ConfigOption<?> find(String key) {
    return ALL.get(key);
  }

  /**
   * Refuses keys that nobody reads and values that are not of their option's type.
   *
   * @throws InvalidPipelineException naming the key, and a known one that is like it
   */
  public static void check(Configuration file) {
    for (String key : file.keySet()) {
      checkKey(key);
      checkType(file, key);
    }
  }

  /**
   * Refuses a key that nobody reads.
   *
   * @throws InvalidPipelineException naming a known one that is like it
   */
  static void checkKey(String key) {
    boolean isKnown =
        ALL.containsKey(key)
            || startsWithAny(key, isOwn(key) ? KAFKA_PREFIXES : FlinkOptions.PREFIXES)
            || startsWithAny(key, ProfileKeys.MAPS)
            || isInMap(key);
    if (!isKnown && startsWithAny(key, MappingKeys.TEMPLATES)) {
      throw new InvalidPipelineException(
          "Unknown option %s. A template that begins with a brace needs quotes, such as '{/title}'."
              .formatted(key));
    }
    if (!isKnown && key.startsWith(MappingKeys.METADATA.key() + ".")) {
      throw new InvalidPipelineException(
          "Unknown option %s. %s is a list: write [{%s: /pointer}], or an entry per line, with a dash before it."
              .formatted(
                  key,
                  MappingKeys.METADATA.key(),
                  key.substring(MappingKeys.METADATA.key().length() + 1)));
    }
    if (!isKnown && isSection(key)) {
      throw new InvalidPipelineException(
          "%s is no option, but a section: write options below it, as in docs/options.md."
              .formatted(key));
    }
    if (!isKnown) {
      throw new InvalidPipelineException("Unknown option %s.%s".formatted(key, suggestion(key)));
    }
  }

  private static boolean isSection(String key) {
    return ALL.keySet().stream().anyMatch(option -> option.startsWith(key + "."));
  }

  /** True for an entry of an option that is a map, such as pipeline.global-job-parameters.a. */
  private static boolean isInMap(String key) {
    for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', dot + 1)) {
      ConfigOption<?> parent = ALL.get(key.substring(0, dot));
      if (parent != null && !isOwn(key) && OptionType.of(parent) == OptionType.MAP) {
        return true;
      }
    }
    return false;
  }

  /** True if the option is one of {@link JobOptions} rather than of Flink. */
  public static boolean isOwn(String key) {
    return key.startsWith(OWN_PREFIX);
  }

  /** True if the key names a property of Kafka's clients. */
  static boolean isKafkaProperty(String key) {
    return startsWithAny(key, KAFKA_PREFIXES);
  }

  /** The definition of a property of Kafka's clients; null if they know none of that name. */
  static ConfigDef.@Nullable ConfigKey kafkaProperty(String key) {
    if (key.startsWith(JobOptions.SOURCE_KAFKA.key() + ".")) {
      return ConsumerConfig.configDef()
          .configKeys()
          .get(key.substring(JobOptions.SOURCE_KAFKA.key().length() + 1));
    }
    if (key.startsWith(JobOptions.SINK_KAFKA.key() + ".")) {
      return ProducerConfig.configDef()
          .configKeys()
          .get(key.substring(JobOptions.SINK_KAFKA.key().length() + 1));
    }
    return null;
  }

  /** True if a list is written as texts with commas between them. */
  static boolean isListWithCommas(String key) {
    ConfigDef.ConfigKey property = kafkaProperty(key);
    return LISTS_WITH_COMMAS.contains(key)
        || (property != null && property.type == ConfigDef.Type.LIST)
        || (isKafkaProperty(key) && key.endsWith("." + AbstractConfig.CONFIG_PROVIDERS_CONFIG));
  }

  /** True if Flink reads a list there, or nobody knows what is read there. */
  static boolean isList(String key) {
    ConfigOption<?> option = find(key);
    return option == null ? !isOwn(key) : OptionType.of(option) == OptionType.LIST;
  }

  /** True if names with their values are read there. */
  static boolean isMap(String key) {
    ConfigOption<?> option = find(key);
    return option != null && OptionType.of(option) == OptionType.MAP;
  }

  /** True if nothing is a value: it switches off some properties of Kafka's clients. */
  static boolean mayBeEmpty(String key) {
    ConfigOption<?> option = find(key);
    return option == null ? isKafkaProperty(key) || !isOwn(key) : "".equals(option.defaultValue());
  }

  /** True if the characters of a value matter, so that 007 is no number. */
  static boolean isTakenAsWritten(String key) {
    ConfigOption<?> option = find(key);
    return isOwn(key) && (option == null || OptionType.of(option) == OptionType.TEXT);
  }

  private static Map<String, ConfigOption<?>> all() {
    Map<String, ConfigOption<?>> known = new TreeMap<>(FlinkOptions.ALL);
    for (ConfigOption<?> option : JobOptions.all()) {
      known.put(option.key(), option);
    }
    return known;
  }

  /**
   * Refuses a value that is not of its option's type.
   *
   * @throws InvalidPipelineException quoting the value unless it is a secret
   */
  static void checkType(Configuration file, String key) {
    ConfigOption<?> option = find(key);
    if (option == null) {
      return;
    }
    try {
      var unused = file.getOptional(option);
    } catch (IllegalArgumentException e) {
      // Flink's own message and cause quote the value: not for a secret.
      if (Secrets.isSecret(key, file.toMap().getOrDefault(key, ""))) {
        throw new InvalidPipelineException(
            "Invalid value for option %s: it has the wrong type.".formatted(key));
      }
      throw new InvalidPipelineException(
          "Invalid value '%s' for option %s: must be %s."
              .formatted(file.toMap().get(key), key, OptionType.expected(option)),
          e);
    }
  }

  private static boolean startsWithAny(String key, Iterable<String> prefixes) {
    for (String prefix : prefixes) {
      if (key.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private static String suggestion(String key) {
    String best = "";
    int smallest = (int) (key.length() * LARGEST_DIFFERENCE) + 1;
    for (String candidate : ALL.keySet()) {
      int difference = editDistance(key, candidate);
      if (difference < smallest) {
        smallest = difference;
        best = candidate;
      }
    }
    return best.isEmpty()
        ? " All options of Streambed are in docs/options.md."
        : " Did you mean %s?".formatted(best);
  }

  /** Insertions, deletions and replacements that make one string of the other (Levenshtein). */
  static int editDistance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
