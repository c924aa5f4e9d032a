package dev.streambed.server;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Range;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The way an {@link EmbeddingServer} works.
 *
 * @param address where it listens
 * @param keys those that clients have to show
 * @param limits of requests
 * @param defaults for what a request does not say
 * @param workers how many runs of the model may overlap
 */
@API(status = API.Status.INTERNAL)
public record ServerOptions(
    Address address, ApiKeys keys, RequestLimits limits, Defaults defaults, int workers) {
  /** On this machine alone, with one worker per core. */
  public static final ServerOptions DEFAULT =
      new ServerOptions(
          new Address("127.0.0.1", 8080, null),
          ApiKeys.NONE,
          RequestLimits.DEFAULT,
          new Defaults(EmbedderOptions.DEFAULT, Set.of(), /* truncate= */ true),
          Runtime.getRuntime().availableProcessors());

  /**
   * Where a server listens.
   *
   * @param host name or address of a network interface
   * @param port 0 for any that is free
   * @param tls null for plain HTTP
   * @param otherNames of this server, beside host and localhost, that requests may be for if they
   *     need no key
   */
  public record Address(String host, int port, @Nullable TlsFiles tls, Set<String> otherNames) {
    public static final Range<Integer> PORT = Range.between(0, 65_535);

    public Address {
      PORT.require("port", port);
      otherNames = Set.copyOf(otherNames);
    }

    public Address(String host, int port, @Nullable TlsFiles tls) {
      this(host, port, tls, Set.of());
    }

    /** Whether the host stands for all interfaces of this machine, as 0.0.0.0 does. */
    public boolean isEverywhere() {
      InetAddress address = new InetSocketAddress(host, port).getAddress();
      return address != null && address.isAnyLocalAddress();
    }
  }

  /**
   * The values for a request that does not say them.
   *
   * @param embedder dimensions, of which only the first counts, and prompt
   * @param otherNames of the model, beside its own, that requests may use
   * @param truncate whether long texts are truncated; else they are refused
   */
  public record Defaults(EmbedderOptions embedder, Set<String> otherNames, boolean truncate) {
    public Defaults {
      otherNames = Set.copyOf(otherNames);
    }
  }

  public ServerOptions withAddress(Address newAddress) {
    return new ServerOptions(newAddress, keys, limits, defaults, workers);
  }

  public ServerOptions withKeys(ApiKeys newKeys) {
    return new ServerOptions(address, newKeys, limits, defaults, workers);
  }

  public ServerOptions withLimits(RequestLimits newLimits) {
    return new ServerOptions(address, keys, newLimits, defaults, workers);
  }

  public ServerOptions withDefaults(Defaults newDefaults) {
    return new ServerOptions(address, keys, limits, newDefaults, workers);
  }
}
