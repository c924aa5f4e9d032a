package dev.streambed.jobs.options;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * Keeps secrets out of pipeline files: a property of Kafka's clients that holds one must refer to a
 * file or to the environment. Kafka's clients resolve that where they run, so that neither Flink's
 * job graph nor a log has more than the reference.
 */
@Internal
public final class KafkaSecrets {

  private KafkaSecrets() {}

  /**
   * Refuses secrets in clear text, and references to a provider that there is not.
   *
   * @param option whose further properties these are
   */
  static void check(ConfigOption<?> option, Map<String, String> kafka) {
    Set<String> providers = providers(kafka);
    new TreeMap<>(kafka)
        .forEach(
            (property, value) -> {
              Secrets.check(option.key() + "." + property, value);
              for (String name : References.providersIn(value)) {
                if (!providers.contains(name)) {
                  throw new InvalidPipelineException(
                      "Option %s.%s refers to a provider '%s'; there is %s. Correct it, or declare it with %s.config.providers."
                          .formatted(
                              option.key(),
                              property,
                              name,
                              String.join(", ", providers),
                              option.key()),
                      /* cause= */ null,
                      option.key() + "." + property);
                }
              }
            });
  }

  private static Set<String> providers(Map<String, String> kafka) {
    String declared = kafka.get(AbstractConfig.CONFIG_PROVIDERS_CONFIG);
    return declared == null ? References.providers() : Set.of(declared.split(","));
  }

  /** The properties, with those of Kafka's own providers that they use, if they declare none. */
  public static Map<String, String> withProviders(Map<String, String> kafka) {
    Map<String, String> properties = new HashMap<>(kafka);
    if (kafka.containsKey(AbstractConfig.CONFIG_PROVIDERS_CONFIG)) {
      return properties;
    }
    Set<String> used = new TreeSet<>();
    kafka.values().forEach(value -> used.addAll(References.providersIn(value)));
    used.retainAll(References.providers());
    properties.putAll(References.declaration(used));
    return properties;
  }

  /**
   * Refuses references that lead nowhere on this machine; Kafka would take them as they are.
   *
   * @param option whose further properties these are
   */
  public static void checkResolvable(ConfigOption<?> option, Map<String, String> kafka) {
    Map<String, Object> resolved;
    try {
      resolved =
          new AbstractConfig(new ConfigDef(), withProviders(kafka), /* doLog= */ false).originals();
    } catch (ConfigException e) {
      throw new InvalidPipelineException(
          "Cannot read what %s refers to: %s. It must be readable here, and wherever the job runs."
              .formatted(option.key(), e.getMessage()),
          e);
    }
    List<String> missing = new ArrayList<>();
    kafka.forEach(
        (property, value) -> {
          for (String reference :
              References.unresolved(value, String.valueOf(resolved.get(property)))) {
            missing.add(reference + " of " + option.key() + "." + property);
          }
        });
    if (!missing.isEmpty()) {
      throw new InvalidPipelineException(
          "Nothing is there for %s. It must be readable here, and wherever the job runs."
              .formatted(String.join(", ", missing)));
    }
    Map<String, String> declaration = withProviders(kafka);
    new TreeMap<>(kafka)
        .forEach(
            (property, value) -> {
              for (String reference : References.endingWithLineBreak(value, declaration)) {
                throw References.lineBreak(reference + " of " + option.key() + "." + property);
              }
            });
  }
}
