package dev.streambed.jobs.options;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalResourceOptions;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ResourceManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.RpcOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/** The keys that a pipeline file may have: {@link JobOptions} and Flink's own. */
public final class KnownOptions {

  private static final List<Class<?>> FLINK_OPTIONS =
      List.of(
          BlobServerOptions.class,
          CheckpointingOptions.class,
          ClusterOptions.class,
          CoreOptions.class,
          DeploymentOptions.class,
          ExecutionOptions.class,
          ExternalResourceOptions.class,
          HeartbeatManagerOptions.class,
          HighAvailabilityOptions.class,
          JobManagerOptions.class,
          MetricOptions.class,
          NettyShuffleEnvironmentOptions.class,
          PipelineOptions.class,
          ResourceManagerOptions.class,
          RestOptions.class,
          RestartStrategyOptions.class,
          RpcOptions.class,
          SecurityOptions.class,
          StateBackendOptions.class,
          StateChangelogOptions.class,
          StateRecoveryOptions.class,
          TaskManagerOptions.class,
          WebOptions.class);

  /** What Flink reads under names of the user's choice, or in jars that may be absent here. */
  private static final List<String> FLINK_PREFIXES =
      List.of("external-resource.", "fs.", "metrics.reporter.", "s3.", "state.backend.", "traces.");

  private static final Set<String> KAFKA_PREFIXES =
      Set.of(JobOptions.SOURCE_KAFKA.key() + ".", JobOptions.SINK_KAFKA.key() + ".");

  private static final Pattern SECRET =
      Pattern.compile(
          "password|passphrase|secret|jaas|token(?!s)|credential|api-?key|private|basic-auth|keystore\\.key|user\\.info");

  private static final String OWN_PREFIX = "streambed.";

  /** A suggestion differs from the key by at most this share of its length. */
  private static final double LARGEST_DIFFERENCE = 0.4;

  private KnownOptions() {}

  /**
   * Refuses keys that nobody reads and values that are not of their option's type.
   *
   * @throws InvalidPipelineException naming the key, and a known one that is like it
   */
  public static void check(Configuration file) {
    Map<String, ConfigOption<?>> known = byKey();
    for (String key : file.keySet()) {
      ConfigOption<?> option = known.get(key);
      if (option != null) {
        checkType(file, option, key);
      } else if (!startsWithAny(
          key, key.startsWith(OWN_PREFIX) ? KAFKA_PREFIXES : FLINK_PREFIXES)) {
        throw new InvalidPipelineException(
            "Unknown option %s.%s".formatted(key, suggestion(key, known)));
      }
    }
  }

  /** True if the value of such an option must not be shown. */
  static boolean isSecret(String key) {
    return SECRET.matcher(key.toLowerCase(Locale.ROOT)).find();
  }

  /** True if the option is one of {@link JobOptions} rather than of Flink. */
  static boolean isOwn(String key) {
    return key.startsWith(OWN_PREFIX);
  }

  /** True if the key names a property of Kafka's clients. */
  static boolean isKafkaProperty(String key) {
    return startsWithAny(key, KAFKA_PREFIXES);
  }

  /** All options by their keys and the older keys that Flink still reads. */
  private static Map<String, ConfigOption<?>> byKey() {
    Map<String, ConfigOption<?>> known = new TreeMap<>();
    for (ConfigOption<?> option : JobOptions.all()) {
      known.put(option.key(), option);
    }
    for (Class<?> options : FLINK_OPTIONS) {
      for (Field field : options.getFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getType() == ConfigOption.class) {
          ConfigOption<?> option = read(field);
          known.put(option.key(), option);
          for (FallbackKey key : option.fallbackKeys()) {
            known.putIfAbsent(key.getKey(), option);
          }
        }
      }
    }
    return known;
  }

  private static ConfigOption<?> read(Field field) {
    try {
      return (ConfigOption<?>) field.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("Cannot read the option " + field + ".", e);
    }
  }

  private static void checkType(Configuration file, ConfigOption<?> option, String key) {
    try {
      var unused = file.getOptional(option);
    } catch (IllegalArgumentException e) {
      // Flink's own message and cause quote the value: not for a secret.
      if (isSecret(key)) {
        throw new InvalidPipelineException(
            "Invalid value for option %s: it has the wrong type.".formatted(key));
      }
      Throwable reason = e.getCause() instanceof NumberFormatException ? null : e.getCause();
      throw new InvalidPipelineException(
          "Invalid value '%s' for option %s: %s"
              .formatted(
                  file.toMap().get(key),
                  key,
                  reason == null ? "must be a number in range." : reason.getMessage()),
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

  private static String suggestion(String key, Map<String, ConfigOption<?>> known) {
    String best = "";
    int smallest = (int) (key.length() * LARGEST_DIFFERENCE) + 1;
    for (String candidate : known.keySet()) {
      int difference = editDistance(key, candidate);
      if (difference < smallest) {
        smallest = difference;
        best = candidate;
      }
    }
    return best.isEmpty()
        ? " All options of Streambed are in README.md."
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
