package dev.streambed.jobs.options;

import dev.streambed.jobs.options.flink.OptionType;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.SaslConfigs;

/**
 * Tells which options hold secrets: their values are never shown, never stand in a pipeline file in
 * clear text, and never enter Flink's job graph (docs/decisions/0025). Streambed declares those of
 * its own. Any other key is judged by what Flink and Kafka themselves hide; the names below come on
 * top of that.
 */
@Internal
public final class Secrets {
  public static final String HIDDEN = GlobalConfiguration.HIDDEN_CONTENT;

  private static final Pattern NAME =
      Pattern.compile(
          "password|passphrase|secret|jaas\\.config|token|credential|api\\.?key|private|basic-auth"
              + "|keystore\\.key|user\\.info|authorization|(^|[.-])headers$"
              + "|(^|[.-])(pass|passwd|pwd)$|\\.sas\\.|encryption\\.key|customer-key|licen[cs]e-?key");

  /** The last word of keys that are about a secret without holding one. */
  private static final Pattern ABOUT =
      Pattern.compile(
          "([.-](location|url|uri|endpoint|class|factory|providers?|file|keyfile|path|dir|directory"
              + "|enabled|type|algorithm|protocols?|interval|timeout|backoff|ratio|key.id|scope|ms|seconds))$"
              + "|account\\.keyprovider\\.");

  /** Keys whose values name things beside the secret, such as a header or a user. */
  private static final Pattern COMPOSED =
      Pattern.compile("headers|auth-params|user\\.info|basic-auth");

  /** Names of secrets inside a value, up to the sign before the secret; not tokenauth. */
  private static final String WORD =
      "((password|secret)\\w*|token|api[-_.]?key|passwd|pwd)[\"']?\\s*";

  /** A password among options, as login modules and JVMs take them; or in a URL. */
  private static final Pattern QUOTED_IN_VALUE =
      Pattern.compile("(?i)" + WORD + "=\\s*(\"[^\"]|'[^'])|://[^/@\\s:]*:[^/@\\s]+@");

  private static final Pattern UNQUOTED_IN_VALUE =
      Pattern.compile(
          "(?i)" + WORD + "=\\s*[^\"'\\s;]|(^|[,{])\\s*'?[\\w.-]*" + WORD + ":\\s*[^\"'\\s]");

  private Secrets() {}

  /** True if the value must not be shown. */
  public static boolean isSecret(String key, String value) {
    return isSecret(key)
        || QUOTED_IN_VALUE.matcher(value).find()
        || UNQUOTED_IN_VALUE.matcher(value).find();
  }

  /** True if whatever value of this option is a secret. */
  static boolean isSecret(String key) {
    ConfigOption<?> option = KnownOptions.find(key);
    if (option != null && KnownOptions.isOwn(key)) {
      return RegistryKeys.SECRETS.contains(option);
    }
    if (option != null && !OptionType.of(option).hasText()) {
      return false;
    }
    if (ProfileKeys.MAPS.stream().anyMatch(key::startsWith)) {
      return false; // names of fields, not their values
    }
    ConfigDef.ConfigKey ofKafka = KnownOptions.kafkaProperty(key);
    if (ofKafka != null) {
      return ofKafka.type == ConfigDef.Type.PASSWORD && !ofKafka.name.contains("certificate");
    }
    return isCalledSecret(key);
  }

  /** True if the name of an option sounds as if it held a secret. */
  static boolean isCalledSecret(String key) {
    String name = key.toLowerCase(Locale.ROOT);
    return (GlobalConfiguration.isSensitive(key) || NAME.matcher(name).find())
        && !ABOUT.matcher(name).find();
  }

  /** True if the value has a secret that is not left to a reference. */
  static boolean isInClearText(String key, String value) {
    String literal = References.replaceIn(value, "");
    if (QUOTED_IN_VALUE.matcher(literal).find()
        || UNQUOTED_IN_VALUE.matcher(References.replaceIn(value, "\"\"")).find()) {
      return true;
    }
    if (!isSecret(key) || literal.isBlank() || key.endsWith(SaslConfigs.SASL_JAAS_CONFIG)) {
      return false;
    }
    boolean hasReference = literal.length() < value.length();
    return !(hasReference && COMPOSED.matcher(key.toLowerCase(Locale.ROOT)).find());
  }

  /**
   * Refuses a secret in clear text.
   *
   * @throws InvalidPipelineException with the key alone
   */
  static void check(String key, String value) {
    if (isInClearText(key, value)) {
      throw new InvalidPipelineException(
          "Option %s holds a secret in clear text. Keep it in a file or in the environment of the client, the JobManager and the TaskManagers, and write ${file:/path/of.properties:key}, ${directory:/path:file} or ${env:VARIABLE} in its place."
              .formatted(key));
    }
  }
}
