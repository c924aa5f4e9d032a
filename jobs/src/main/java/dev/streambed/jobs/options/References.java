package dev.streambed.jobs.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigTransformer;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * References in the values of a pipeline file, such as {@code ${env:NAME}}, with Kafka's syntax and
 * Kafka's own providers. Those of Kafka's clients are resolved where a client runs ({@link
 * KafkaSecrets}), all others where the file is read (docs/decisions/0025, 0087).
 */
final class References {

  /** Kafka's own providers, under the names they have if the pipeline file names none. */
  private static final Map<String, Class<? extends ConfigProvider>> PROVIDERS =
      new TreeMap<>(
          Map.of(
              "file", FileConfigProvider.class,
              "directory", DirectoryConfigProvider.class,
              "env", EnvVarConfigProvider.class));

  private static final Pattern REFERENCE = ConfigTransformer.DEFAULT_PATTERN;

  /** A reference as shells write it, or the beginning of one. */
  private static final Pattern LOOKALIKE = Pattern.compile("\\$\\{[^}]*(?<end>}?)");

  private static final Pattern LINE_WITH_BREAK = Pattern.compile("[^\\r\\n]*[\\r\\n]+");

  private static final String VALUE = "value";

  private References() {}

  /** The names of the providers that are there without being declared. */
  static Set<String> providers() {
    return PROVIDERS.keySet();
  }

  /** The names of the providers that a text refers to. */
  static Set<String> providersIn(String text) {
    Set<String> used = new TreeSet<>();
    REFERENCE.matcher(text).results().map(reference -> reference.group(1)).forEach(used::add);
    return used;
  }

  /** A text with something else in the place of each reference. */
  static String replaceIn(String text, String replacement) {
    return REFERENCE.matcher(text).replaceAll(Matcher.quoteReplacement(replacement));
  }

  /** The properties that declare some of Kafka's own providers. */
  static Map<String, String> declaration(Set<String> names) {
    String prefix = AbstractConfig.CONFIG_PROVIDERS_CONFIG;
    Map<String, String> properties = new TreeMap<>();
    for (String name : names) {
      properties.put(prefix, String.join(",", names));
      properties.put(
          prefix + "." + name + ".class", Objects.requireNonNull(PROVIDERS.get(name)).getName());
    }
    return properties;
  }

  /**
   * A text with what its references refer to on this machine.
   *
   * @throws InvalidPipelineException if one leads nowhere; the message has the reference only
   */
  static String resolve(String text) {
    checkForm(text);
    Set<String> used = providersIn(text);
    if (used.isEmpty()) {
      return text;
    }
    if (!providers().containsAll(used)) {
      throw new InvalidPipelineException(
          "A reference to a provider '%s'; there is %s."
              .formatted(
                  used.stream()
                      .filter(name -> !providers().contains(name))
                      .findFirst()
                      .orElseThrow(),
                  String.join(", ", providers())));
    }
    Map<String, String> properties = declaration(used);
    properties.put(VALUE, text);
    String resolved;
    try {
      resolved =
          String.valueOf(
              new AbstractConfig(new ConfigDef(), properties, /* doLog= */ false)
                  .originals()
                  .get(VALUE));
    } catch (ConfigException e) {
      throw new InvalidPipelineException(
          "Cannot resolve a reference: %s.".formatted(e.getMessage()));
    }
    List<String> missing = unresolved(text, resolved);
    if (!missing.isEmpty()) {
      throw new InvalidPipelineException(
          "Nothing is there for %s where the pipeline file is read."
              .formatted(String.join(", ", missing)));
    }
    for (String reference : endingWithLineBreak(text, declaration(used))) {
      throw lineBreak(reference);
    }
    return resolved;
  }

  /**
   * Refuses what looks like a reference and is none, such as {@code ${NAME}}.
   *
   * @throws InvalidPipelineException without a quotation
   */
  static void checkForm(String text) {
    Matcher lookalike = LOOKALIKE.matcher(replaceIn(text, ""));
    if (lookalike.find()) {
      throw new InvalidPipelineException(
          "%s. Write ${env:NAME}, ${file:/path/of.properties:key} or ${directory:/path:file}."
              .formatted(
                  lookalike.group("end").isEmpty()
                      ? "A ${ without its }"
                      : "A ${…} without a provider"));
    }
  }

  /**
   * The references of a text to a single line with a line break at its end. Kafka's providers keep
   * the break, but nobody means it. Several lines, such as a certificate, may end with one.
   *
   * @param declaration the properties that declare the providers
   */
  static List<String> endingWithLineBreak(String text, Map<String, String> declaration) {
    Map<String, String> properties = new TreeMap<>(declaration);
    Set<String> references = new TreeSet<>();
    REFERENCE.matcher(text).results().map(MatchResult::group).forEach(references::add);
    references.forEach(reference -> properties.put(reference, reference));
    Map<String, Object> values =
        new AbstractConfig(new ConfigDef(), properties, /* doLog= */ false).originals();
    references.removeIf(
        reference -> !LINE_WITH_BREAK.matcher(String.valueOf(values.get(reference))).matches());
    return List.copyOf(references);
  }

  /** Says that one of these is wrong. */
  static InvalidPipelineException lineBreak(String reference) {
    return new InvalidPipelineException(
        "What %s refers to ends with a line break, which would be a part of the value. Write it without one, as printf does and echo does not."
            .formatted(reference));
  }

  /** The references of a text that are still in what was made of it. */
  static List<String> unresolved(String text, String resolved) {
    List<String> missing = new ArrayList<>();
    Matcher reference = REFERENCE.matcher(text);
    while (reference.find()) {
      if (resolved.contains(reference.group())) {
        missing.add(reference.group());
      }
    }
    return missing;
  }
}
