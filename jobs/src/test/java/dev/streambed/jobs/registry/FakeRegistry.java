package dev.streambed.jobs.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A registry that answers as a test tells it, and keeps what it was asked. Registered as an
 * extension, it ends with its test.
 */
public final class FakeRegistry implements AfterEachCallback, AutoCloseable {
  static {
    // Without, each answer waits 40 ms for an acknowledgement. Read when the first server is made.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  /** An answer. */
  record Answer(int status, String body) {}

  static final Answer UNKNOWN = new Answer(404, "{\"error_code\":40403,\"message\":\"none\"}");

  final Map<String, Answer> answers = new ConcurrentHashMap<>();
  final List<String> asked = new CopyOnWriteArrayList<>();
  final List<String> logins = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  public FakeRegistry() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot listen on the loopback address.", e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  /** How to reach it. */
  public RegistryOptions options() {
    return new RegistryOptions(List.of(url()), null, null, Map.of());
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Has a schema from now on, with the JSON of its references. */
  public void put(int id, String schema, String references) {
    answers.put(
        "/schemas/ids/" + id,
        new Answer(
            200,
            "{\"schema\":%s,\"references\":%s}"
                .formatted('"' + schema.replace("\"", "\\\"") + '"', references)));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    asked.add(path);
    logins.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    Answer answer = answers.getOrDefault(path, UNKNOWN);
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(answer.status(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void afterEach(ExtensionContext test) {
    close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
