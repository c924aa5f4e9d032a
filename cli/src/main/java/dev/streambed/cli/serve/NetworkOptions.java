package dev.streambed.cli.serve;

import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.server.ApiKeys;
import dev.streambed.server.ServerOptions.Address;
import dev.streambed.server.TlsFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where {@code streambed serve} listens, and for whom. */
final class NetworkOptions {
  private static final String KEY_VARIABLE = "STREAMBED_API_KEY";

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "the port to listen on, 0 for any that is free (default: ${DEFAULT-VALUE})")
  private int port = 8080;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      description = "the address to listen on (default: ${DEFAULT-VALUE}, for this machine alone)")
  private String host = "127.0.0.1";

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description =
          "a name of this server, beside localhost and --host, that requests may be for if clients need no key; may be"
              + " repeated")
  private Set<String> otherNames = new LinkedHashSet<>();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description =
          "a file with the keys that clients may show, one per line (default: the environment variable "
              + KEY_VARIABLE
              + ", if it is set)")
  private @Nullable Path apiKeyFile;

  @Option(
      names = "--no-api-key",
      description = "need no key, although other machines reach the address")
  private boolean noApiKey;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "serve HTTPS with this certificate and its chain, in PEM")
  private @Nullable Path tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "the key of the certificate, in PEM (PKCS #8) without a password")
  private @Nullable Path tlsKey;

  /**
   * Where to listen.
   *
   * @throws IllegalArgumentException if the options contradict each other
   */
  Address address() {
    if (tlsCertificate == null || tlsKey == null) {
      if (tlsCertificate != null || tlsKey != null) {
        throw new IllegalArgumentException("--tls-certificate and --tls-key go together.");
      }
      return new Address(host, port, null, otherNames);
    }
    return new Address(host, port, new TlsFiles(tlsCertificate, tlsKey), otherNames);
  }

  /**
   * The keys that clients have to show.
   *
   * @throws IllegalArgumentException if there are none, but other machines reach the address
   */
  ApiKeys keys() {
    ApiKeys keys = givenKeys();
    if (keys.isEmpty() && !noApiKey && !isLoopback()) {
      throw new IllegalArgumentException(
          "Other machines reach --host %s: give --api-key-file or set %s, or say --no-api-key."
              .formatted(host, KEY_VARIABLE));
    }
    return keys;
  }

  private ApiKeys givenKeys() {
    String variable = System.getenv(KEY_VARIABLE);
    try {
      if (apiKeyFile != null) {
        return ApiKeys.read(apiKeyFile);
      }
      return variable == null ? ApiKeys.NONE : ApiKeys.of(List.of(variable));
    } catch (IOException e) {
      throw CommandFailedException.cannotRead(apiKeyFile, e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailedException(String.valueOf(e.getMessage()), e);
    }
  }

  private boolean isLoopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new CommandFailedException("There is no host %s.".formatted(host), e);
    }
  }
}
