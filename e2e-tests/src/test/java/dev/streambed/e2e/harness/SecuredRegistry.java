package dev.streambed.e2e.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A registry behind a proxy with TLS, which lets in whoever has one of some logins. */
public final class SecuredRegistry implements AutoCloseable {
  private static final int UNAUTHORIZED = 401;

  private final URI registry;
  private final Set<String> logins;
  private final HttpClient client = HttpClient.newHttpClient();
  private final HttpsServer server;

  /**
   * Starts the proxy.
   *
   * @param registry the address behind it, without TLS and login
   * @param keys of which {@code registry} is the proxy's
   * @param logins headers, such as {@code Bearer token}
   */
  public SecuredRegistry(String registry, KeyStores keys, Set<String> logins)
      throws IOException, GeneralSecurityException {
    this.registry = URI.create(registry);
    this.logins = logins;
    this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls(keys.store("registry"), keys.password())));
    server.createContext("/", this::answer);
    server.start();
  }

  private static SSLContext tls(Path store, String password)
      throws IOException, GeneralSecurityException {
    var manager = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    manager.init(
        KeyStore.getInstance(store.toFile(), password.toCharArray()), password.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(manager.getKeyManagers(), /* tm= */ null, /* random= */ null);
    return context;
  }

  public String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort() + registry.getPath();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String login = exchange.getRequestHeaders().getFirst("Authorization");
      if (login == null || !logins.contains(login)) {
        exchange.sendResponseHeaders(UNAUTHORIZED, /* responseLength= */ -1);
        return;
      }
      HttpResponse<byte[]> behind =
          client.send(
              HttpRequest.newBuilder(registry.resolve(exchange.getRequestURI())).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      behind
          .headers()
          .firstValue("Content-Type")
          .ifPresent(type -> exchange.getResponseHeaders().set("Content-Type", type));
      exchange.sendResponseHeaders(behind.statusCode(), behind.body().length);
      exchange.getResponseBody().write(behind.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while asking the registry.", e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
