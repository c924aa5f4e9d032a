package dev.streambed.server;

import dev.streambed.server.ServerOptions.Address;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The names under which a server that needs no key may be asked. A page of another site, in a
 * browser that reaches this server, can have a name of its own point here (DNS rebinding), and then
 * read the answers. Addresses in digits, and localhost, point nowhere else. Immutable.
 */
final class AllowedHosts {
  private static final Pattern IN_DIGITS = Pattern.compile("[0-9.]+|\\[?[0-9a-f.:]*:[^]]*]?");
  private static final String LOCALHOST = "localhost";

  private final Set<String> names;

  AllowedHosts(Address address) {
    this.names =
        Stream.concat(Stream.of(LOCALHOST, address.host()), address.otherNames().stream())
            .map(AllowedHosts::plain)
            .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Whether a request for this host may be answered.
   *
   * @param host without the port
   */
  boolean allow(String host) {
    String name = plain(host);
    return IN_DIGITS.matcher(name).matches()
        || names.contains(name)
        || name.endsWith("." + LOCALHOST);
  }

  private static String plain(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
