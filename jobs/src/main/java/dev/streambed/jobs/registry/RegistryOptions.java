package dev.streambed.jobs.registry;

import java.io.Serializable;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.jspecify.annotations.Nullable;

/**
 * Where a schema registry is, and how to log in. Secrets are references, which are resolved where a
 * client runs, so that none is in Flink's job graph.
 *
 * @param urls one or more, tried in this order
 * @param username null unless the registry wants a user and a password
 * @param trustStore path of a key store or of PEM certificates; null for those of the JVM
 * @param secrets references under {@link #PASSWORD}, {@link #BEARER_TOKEN} and {@link
 *     #TRUST_STORE_PASSWORD}, with the declaration of the providers that they use
 */
@Internal
public record RegistryOptions(
    List<String> urls,
    @Nullable String username,
    @Nullable String trustStore,
    Map<String, String> secrets)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public static final String PASSWORD = "password";
  public static final String BEARER_TOKEN = "bearer-token";
  public static final String TRUST_STORE_PASSWORD = "truststore-password";

  public RegistryOptions {
    urls = List.copyOf(urls);
    secrets = Map.copyOf(secrets);
    urls.forEach(RegistryOptions::check);
  }

  /**
   * Refuses what is no address of a registry.
   *
   * @throws IllegalArgumentException with what it must be, without quoting it
   */
  private static void check(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) { // quotes the URL, perhaps with a password in it
      throw new IllegalArgumentException("must be URLs such as https://registry.example.org:8081");
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "must be without user, password and query; streambed.registry.username, password and bearer-token are for the login");
    }
    if (uri.getHost() == null || !String.valueOf(uri.getScheme()).matches("https?")) {
      throw new IllegalArgumentException("must be URLs such as https://registry.example.org:8081");
    }
  }

  /** Whether an address is one of TLS. */
  public static boolean isEncrypted(String url) {
    return url.startsWith("https:");
  }

  /** The value that a secret refers to on this machine; null if there is none of that name. */
  @Nullable String secret(String name) {
    Object secret =
        new AbstractConfig(new ConfigDef(), secrets, /* doLog= */ false).originals().get(name);
    return secret == null ? null : secret.toString();
  }

  /** For messages and logs; without secrets. */
  @Override
  public String toString() {
    return String.join(", ", urls);
  }
}
