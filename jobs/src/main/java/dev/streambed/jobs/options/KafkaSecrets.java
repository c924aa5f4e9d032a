package dev.streambed.jobs.options;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * Keeps secrets out of pipeline files: a property of Kafka's clients that holds one must refer to a
 * file or to the environment. Kafka's clients resolve that where they run, so that neither Flink's
 * job graph nor a log has more than the reference.
 */
public final class KafkaSecrets {

  /** Kafka's own providers, under the names they have if the pipeline file names none. */
  private static final Map<String, Class<? extends ConfigProvider>> PROVIDERS =
      new TreeMap<>(
          Map.of(
              "file", FileConfigProvider.class,
              "directory", DirectoryConfigProvider.class,
              "env", EnvVarConfigProvider.class));

  private static final Pattern REFERENCE = ConfigTransformer.DEFAULT_PATTERN;

  private static final Pattern SECRET_PROPERTY =
      Pattern.compile("(password|passphrase|secret|keystore\\.key|user\\.info)$");

  /** A password or client secret among the options of a login module, empty ones excepted. */
  private static final Pattern SECRET_IN_JAAS =
      Pattern.compile("(?i)(password|secret)\\w*\\s*=\\s*(\"[^\"]|[^\"\\s;])");

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
              if (holdsSecret(property, value)) {
                throw new InvalidPipelineException(
                    "Option %s.%s holds a secret in clear text. Keep it in a file or in the environment of the client, the JobManager and the TaskManagers, and write ${file:/path/of.properties:key}, ${directory:/path:file} or ${env:VARIABLE} in its place."
                        .formatted(option.key(), property));
              }
              Matcher reference = REFERENCE.matcher(value);
              while (reference.find()) {
                if (!providers.contains(reference.group(1))) {
                  throw new InvalidPipelineException(
                      "Option %s.%s refers to a provider '%s'; there is %s. Correct it, or declare it with %s.config.providers."
                          .formatted(
                              option.key(),
                              property,
                              reference.group(1),
                              String.join(", ", providers),
                              option.key()));
                }
              }
            });
  }

  private static boolean holdsSecret(String property, String value) {
    String literal = REFERENCE.matcher(value).replaceAll("");
    if (property.endsWith(SaslConfigs.SASL_JAAS_CONFIG)) {
      return SECRET_IN_JAAS.matcher(literal).find();
    }
    return SECRET_PROPERTY.matcher(property).find() && !literal.isBlank();
  }

  private static Set<String> providers(Map<String, String> kafka) {
    String declared = kafka.get(AbstractConfig.CONFIG_PROVIDERS_CONFIG);
    return declared == null ? PROVIDERS.keySet() : Set.of(declared.split(","));
  }

  /** The properties, with those of Kafka's own providers that they use, if they declare none. */
  public static Map<String, String> withProviders(Map<String, String> kafka) {
    Map<String, String> properties = new HashMap<>(kafka);
    if (kafka.containsKey(AbstractConfig.CONFIG_PROVIDERS_CONFIG)) {
      return properties;
    }
    String prefix = AbstractConfig.CONFIG_PROVIDERS_CONFIG;
    Set<String> used = new TreeSet<>();
    for (String value : kafka.values()) {
      REFERENCE.matcher(value).results().map(reference -> reference.group(1)).forEach(used::add);
    }
    used.retainAll(PROVIDERS.keySet());
    for (String name : used) {
      properties.put(prefix, String.join(",", used));
      properties.put(
          prefix + "." + name + ".class", Objects.requireNonNull(PROVIDERS.get(name)).getName());
    }
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
          Matcher reference = REFERENCE.matcher(value);
          while (reference.find()) {
            if (String.valueOf(resolved.get(property)).contains(reference.group())) {
              missing.add(reference.group() + " of " + option.key() + "." + property);
            }
          }
        });
    if (!missing.isEmpty()) {
      throw new InvalidPipelineException(
          "Nothing is there for %s. It must be readable here, and wherever the job runs."
              .formatted(String.join(", ", missing)));
    }
  }
}
