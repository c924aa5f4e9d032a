package dev.streambed.jobs.options;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.SecurityConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The further properties of one of Kafka's clients, held to Kafka's own list of names and values:
 * Kafka itself logs what it does not know, and takes it (docs/decisions/0082).
 */
@Internal
public final class ClientProperties {
  private static final Logger LOG = LoggerFactory.getLogger(ClientProperties.class);

  /** Properties that name classes but are not of type CLASS. */
  private static final Set<String> CLASS_LISTS =
      Set.of(
          CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG,
          ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG,
          ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
          SecurityConfig.SECURITY_PROVIDERS_CONFIG);

  /** How long clients wait for an answer. */
  private static final List<String> WAITS =
      List.of(
          CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG,
          CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG,
          CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG,
          CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG);

  /** Less than a loaded broker takes: a client that gives up earlier asks again, for ever. */
  private static final int SHORTEST_WAIT_MILLIS = 100;

  /** Insertions, deletions and replacements that still make a misspelling. */
  private static final int MISSPELT = 2;

  /** As Kafka's clients read it: a scheme and the brackets of IPv6 may be there. */
  private static final Pattern ADDRESS =
      Pattern.compile("(?:[A-Za-z0-9._-]+://)?\\[?[A-Za-z0-9._:%-]+\\]?:([0-9]{1,5})");

  private static final int LAST_PORT = 65_535;

  public static final ClientProperties CONSUMER =
      new ClientProperties(
          "consumer",
          ConsumerConfig.configDef(),
          Set.of(
              KafkaSourceOptions.CLIENT_ID_PREFIX.key(),
              KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(),
              KafkaSourceOptions.REGISTER_KAFKA_CONSUMER_METRICS.key(),
              KafkaSourceOptions.COMMIT_OFFSETS_ON_CHECKPOINT.key()));

  public static final ClientProperties PRODUCER =
      new ClientProperties(
          "producer",
          ProducerConfig.configDef(),
          // Flink's connector has these as private constants.
          Set.of("flink.disable-metrics", "register.producer.metrics"));

  /** Properties of the connector that are no switches. */
  private static final Set<String> NOT_BOOLEAN =
      Set.of(
          KafkaSourceOptions.CLIENT_ID_PREFIX.key(),
          KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key());

  private final String client;
  private final ConfigDef definitions;
  private final Set<String> ofFlink;

  private ClientProperties(String client, ConfigDef definitions, Set<String> ofFlink) {
    this.client = client;
    this.definitions = definitions;
    this.ofFlink = ofFlink;
  }

  /**
   * Refuses names that nobody reads or the job sets, secrets in clear text, and values that Kafka
   * does not take. Values that refer to a file or to the environment are left to {@link
   * #checkValues}.
   *
   * @param option whose further properties these are
   * @param reserved properties that the job sets itself, and the option beside this one that sets
   *     it, if there is one
   */
  void check(ConfigOption<?> option, Map<String, String> kafka, Map<String, String> reserved) {
    checkNotReserved(option, kafka, reserved);
    KafkaSecrets.check(option, kafka);
    for (String property : new TreeSet<>(kafka.keySet())) {
      checkName(option, property, kafka);
    }
    Map<String, String> literal = new HashMap<>(kafka);
    literal.values().removeIf(value -> ConfigTransformer.DEFAULT_PATTERN.matcher(value).find());
    checkValues(option, literal, Set.of());
  }

  private static void checkNotReserved(
      ConfigOption<?> option, Map<String, String> kafka, Map<String, String> reserved) {
    for (String property : kafka.keySet()) {
      String replacement = reserved.get(property);
      if (replacement != null) {
        String parent = option.key().substring(0, option.key().lastIndexOf('.') + 1);
        throw new InvalidPipelineException(
            "Option %s.%s cannot be set: %s."
                .formatted(
                    option.key(),
                    property,
                    replacement.isEmpty()
                        ? "exactly-once delivery needs the job's own value"
                        : "use " + parent + replacement),
            /* cause= */ null,
            option.key() + "." + property);
      }
    }
  }

  /** As {@link #check}, of properties whose references are resolved, which no message shows. */
  public void checkResolved(
      ConfigOption<?> option, Map<String, String> kafka, Map<String, String> resolved) {
    Set<String> hidden = new TreeSet<>(kafka.keySet());
    hidden.removeIf(
        property ->
            !ConfigTransformer.DEFAULT_PATTERN
                .matcher(Objects.requireNonNull(kafka.get(property)))
                .find());
    checkValues(option, resolved, hidden);
  }

  private void checkName(ConfigOption<?> option, String property, Map<String, String> kafka) {
    if (isKnown(property)) {
      return;
    }
    String nearest = nearest(property);
    if (nearest != null) {
      throw refused(
          option,
          property,
          "Unknown property %s of Kafka's %s in option %s.%s. Did you mean %s?"
              .formatted(property, client, option.key(), property, nearest));
    }
    Set<String> plugIns = new TreeSet<>(kafka.keySet());
    plugIns.removeIf(name -> !namesClasses(name));
    if (plugIns.isEmpty()) {
      throw refused(
          option,
          property,
          "Unknown property %s of Kafka's %s in option %s.%s. Remove it; only with a class of your own, such as one of interceptor.classes or metric.reporters, may there be properties that Kafka does not know."
              .formatted(property, client, option.key(), property));
    }
    LOG.warn(
        "Kafka's {} does not know the property {} of {}; it is left to the classes of {}.",
        client,
        property,
        option.key(),
        plugIns);
  }

  private boolean isKnown(String property) {
    return definitions.names().contains(property)
        || AdminClientConfig.configNames().contains(property) // the job's admin clients have it too
        || ofFlink.contains(property)
        || property.startsWith(AbstractConfig.CONFIG_PROVIDERS_CONFIG)
        || property.startsWith(CommonClientConfigs.METRICS_CONTEXT_PREFIX);
  }

  private boolean namesClasses(String property) {
    ConfigDef.ConfigKey key = definitions.configKeys().get(property);
    return CLASS_LISTS.contains(property) || (key != null && key.type == ConfigDef.Type.CLASS);
  }

  private @Nullable String nearest(String property) {
    String best = null;
    int smallest = MISSPELT + 1;
    Set<String> names = new TreeSet<>(definitions.names());
    names.addAll(ofFlink);
    for (String name : names) {
      int difference = KnownOptions.editDistance(property, name);
      if (difference < smallest) {
        smallest = difference;
        best = name;
      }
    }
    return best;
  }

  private void checkValues(ConfigOption<?> option, Map<String, String> values, Set<String> hidden) {
    Map<String, ConfigValue> checked = definitions.validateAll(values);
    for (String property : new TreeMap<>(values).keySet()) {
      ConfigValue value = checked.get(property);
      List<String> errors = value == null ? List.of() : value.errorMessages();
      if (!errors.isEmpty()) {
        throw refused(
            option,
            property,
            "Kafka's %s does not take option %s.%s: %s."
                .formatted(
                    client,
                    option.key(),
                    property,
                    hidden.contains(property)
                        ? "what it refers to is no valid value"
                        : String.join("; ", errors)));
      }
    }
    checkWaits(option, values);
    for (String property : ofFlink) {
      String value = values.getOrDefault(property, "true");
      if (!NOT_BOOLEAN.contains(property) && !value.matches("(?i)true|false")) {
        throw refused(
            option,
            property,
            "Invalid value for option %s.%s: must be true or false."
                .formatted(option.key(), property));
      }
    }
    String interval = values.get(KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key());
    if (interval != null && !interval.matches("-?[0-9]{1,18}")) {
      throw refused(
          option,
          KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(),
          "Invalid value for option %s.%s: must be a number of milliseconds."
              .formatted(option.key(), KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key()));
    }
  }

  /** Refuses addresses without a port that Kafka's clients understand. */
  static void checkServers(ConfigOption<String> option, String servers) {
    List<String> addresses =
        Arrays.stream(servers.split(",", -1))
            .map(String::strip)
            .filter(address -> !address.isEmpty())
            .toList();
    boolean holds = !addresses.isEmpty();
    for (String address : addresses) {
      Matcher matcher = ADDRESS.matcher(address);
      holds &= matcher.matches() && Integer.parseInt(matcher.group(1)) <= LAST_PORT;
    }
    JobOptions.check(holds, option, servers, "host:port; several as a list or with commas");
  }

  private static void checkWaits(ConfigOption<?> option, Map<String, String> values) {
    for (String property : WAITS) {
      String wait = values.getOrDefault(property, "");
      if (wait.matches("[0-9]{1,18}") && Long.parseLong(wait) < SHORTEST_WAIT_MILLIS) {
        throw refused(
            option,
            property,
            "Invalid value for option %s.%s: must be at least %d ms, or Kafka's answers come too late."
                .formatted(option.key(), property, SHORTEST_WAIT_MILLIS));
      }
    }
  }

  private static InvalidPipelineException refused(
      ConfigOption<?> option, String property, String message) {
    return new InvalidPipelineException(message, /* cause= */ null, option.key() + "." + property);
  }
}
