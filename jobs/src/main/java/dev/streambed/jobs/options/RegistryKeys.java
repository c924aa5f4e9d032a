package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;

import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.format.TextFormat;
import dev.streambed.jobs.registry.RegistryOptions;
import dev.streambed.jobs.registry.Subject;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/** The keys of {@link RegistryOptions}, and how they are read. */
final class RegistryKeys {

  static final ConfigOption<String> URL =
      ConfigOptions.key("streambed.registry.url")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Address of a schema registry with Confluent's REST interface, such as"
                  + " https://registry.example.org:8081; several, separated by commas or as a list,"
                  + " are tried in their order. Apicurio's ends with /apis/ccompat/v7. For format"
                  + " avro and key-format avro of the source, and for a subject of the sink.");

  static final ConfigOption<String> USERNAME =
      ConfigOptions.key("streambed.registry.username")
          .stringType()
          .noDefaultValue()
          .withDescription("User of the registry, if it wants a user and a password.");

  static final ConfigOption<String> PASSWORD =
      ConfigOptions.key("streambed.registry.password")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Password of that user, as a reference that is resolved wherever the job runs, such as"
                  + " ${env:REGISTRY_PASSWORD} (docs/security.md).");

  static final ConfigOption<String> BEARER_TOKEN =
      ConfigOptions.key("streambed.registry.bearer-token")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Token of the registry, if it wants one instead of a user; a reference like the"
                  + " password.");

  static final ConfigOption<String> TRUST_STORE =
      ConfigOptions.key("streambed.registry.ssl.truststore.location")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Certificates that the job trusts the registry by: PEM, PKCS12 or JKS, under the same"
                  + " path where the job is started and on every TaskManager. If absent, those"
                  + " that the JVM trusts.");

  static final ConfigOption<String> TRUST_STORE_PASSWORD =
      ConfigOptions.key("streambed.registry.ssl.truststore.password")
          .stringType()
          .noDefaultValue()
          .withDescription("Password of that store, if it has one; a reference like the others.");

  /** The options of Streambed that hold secrets; others may have names that sound so. */
  static final Set<ConfigOption<?>> SECRETS = Set.of(PASSWORD, BEARER_TOKEN, TRUST_STORE_PASSWORD);

  private static final List<ConfigOption<String>> ALL =
      List.of(URL, USERNAME, PASSWORD, BEARER_TOKEN, TRUST_STORE, TRUST_STORE_PASSWORD);

  private RegistryKeys() {}

  /**
   * The registry that the source asks.
   *
   * @return null if there is none
   * @throws InvalidPipelineException if nobody asks a registry, if there is a login without an
   *     address or half a login, or a trust store without TLS
   */
  static @Nullable RegistryOptions read(
      Configuration file, TextFormat format, KeyFormat keyFormat) {
    boolean asks = format == TextFormat.AVRO || keyFormat == KeyFormat.AVRO;
    for (ConfigOption<?> option : ALL) {
      refuse(
          file.getOptional(option).isPresent()
              && !asks
              && file.getOptional(ProfileKeys.SUBJECT).isEmpty(),
          option,
          "has no effect: a source of format %s and key-format %s asks no registry, and there is no %s"
              .formatted(format, keyFormat, ProfileKeys.SUBJECT.key()));
    }
    RegistryOptions registry = registry(file);
    return asks ? registry : null;
  }

  /**
   * Where the schema of embeddings is registered.
   *
   * @return null if no registry takes part
   * @throws InvalidPipelineException if there is no registry, or JSON is written, which no schema
   *     of a registry describes
   */
  static @Nullable Subject subject(Configuration file) {
    String name = file.getOptional(ProfileKeys.SUBJECT).orElse(null);
    if (name == null) {
      return null;
    }
    check(
        !name.isBlank() && name.chars().noneMatch(Character::isISOControl),
        ProfileKeys.SUBJECT,
        name,
        "the name of a subject, such as embeddings-value");
    RegistryOptions registry = registry(file);
    if (registry == null) {
      throw new InvalidPipelineException(
          "Option %s needs %s.".formatted(ProfileKeys.SUBJECT.key(), URL.key()),
          /* cause= */ null,
          ProfileKeys.SUBJECT.key());
    }
    refuse(
        file.get(JobOptions.SINK_FORMAT) == EmbeddingFormat.JSON,
        ProfileKeys.SUBJECT,
        "has no effect with format json: set %s: avro, or protobuf"
            .formatted(JobOptions.SINK_FORMAT.key()));
    return new Subject(registry, name);
  }

  private static @Nullable RegistryOptions registry(Configuration file) {
    String urls = file.getOptional(URL).orElse(null);
    for (ConfigOption<?> option : ALL) {
      refuse(
          file.getOptional(option).isPresent() && urls == null,
          option,
          "is for " + URL.key() + ", which is missing");
    }
    if (urls == null) {
      return null;
    }
    checkLogin(file);
    try {
      var registry =
          new RegistryOptions(
              List.of(urls.strip().split("\\s*,\\s*")),
              file.getOptional(USERNAME).orElse(null),
              file.getOptional(TRUST_STORE).orElse(null),
              secrets(file));
      refuse(
          registry.trustStore() != null
              && registry.urls().stream().noneMatch(RegistryOptions::isEncrypted),
          TRUST_STORE,
          "is for https, and no address of " + URL.key() + " begins with it");
      return registry;
    } catch (IllegalArgumentException e) { // quotes nothing: a URL may have a password in it
      throw new InvalidPipelineException(
          "Invalid value for option %s: %s.".formatted(URL.key(), e.getMessage()), e, URL.key());
    }
  }

  private static void checkLogin(Configuration file) {
    String username = file.getOptional(USERNAME).orElse(null);
    refuse(
        username != null && file.getOptional(PASSWORD).isEmpty(),
        USERNAME,
        "needs " + PASSWORD.key());
    refuse(
        username == null && file.getOptional(PASSWORD).isPresent(),
        PASSWORD,
        "needs " + USERNAME.key());
    refuse(
        username != null && file.getOptional(BEARER_TOKEN).isPresent(),
        BEARER_TOKEN,
        "cannot be there together with " + USERNAME.key());
    refuse(
        file.getOptional(TRUST_STORE_PASSWORD).isPresent()
            && file.getOptional(TRUST_STORE).isEmpty(),
        TRUST_STORE_PASSWORD,
        "needs " + TRUST_STORE.key());
  }

  private static Map<String, String> secrets(Configuration file) {
    Map<String, String> secrets = new TreeMap<>();
    Set<String> providers = new TreeSet<>();
    Map.of(
            RegistryOptions.PASSWORD, PASSWORD,
            RegistryOptions.BEARER_TOKEN, BEARER_TOKEN,
            RegistryOptions.TRUST_STORE_PASSWORD, TRUST_STORE_PASSWORD)
        .forEach(
            (name, option) -> {
              String written = file.getOptional(option).orElse(null);
              if (written != null) {
                checkResolvable(option, written);
                providers.addAll(References.providersIn(written));
                secrets.put(name, written);
              }
            });
    secrets.putAll(References.declaration(providers));
    return secrets;
  }

  private static void checkResolvable(ConfigOption<?> option, String written) {
    Secrets.check(option.key(), written);
    try {
      var unused = References.resolve(written);
    } catch (InvalidPipelineException e) {
      throw new InvalidPipelineException(
          "Invalid value for option %s: %s".formatted(option.key(), e.getMessage()),
          e,
          option.key());
    }
  }

  private static void refuse(boolean holds, ConfigOption<?> option, String why) {
    if (holds) {
      throw new InvalidPipelineException(
          "Option %s %s.".formatted(option.key(), why), /* cause= */ null, option.key());
    }
  }
}
