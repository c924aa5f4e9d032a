package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.server.ServerOptions.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each request that is refused counts once, whoever refuses it. */
@Timeout(60)
class RefusalsTest {
  private static final Pattern FAILURES =
      Pattern.compile("te_request_failure\\{err=\"([a-z_]+)\"} ([1-9][0-9]*)");
  private static final RequestLimits FEW =
      new RequestLimits(3, 1024, 4, 10, Duration.ofMinutes(5)); // documents have 3 places of 4
  private static final String JSON = "Content-Type: application/json\r\nContent-Length: ";

  @ParameterizedTest
  @CsvSource({
    "GET /nothing, localhost, 404, no_such_path",
    "POST /nothing, localhost, 404, no_such_path",
    "GET /v1/nothing, localhost, 404, no_such_path",
    "GET /page/, localhost, 404, no_such_path",
    "GET /embed, localhost, 405, wrong_method",
    "POST /info, localhost, 405, wrong_method",
    "POST /health, localhost, 405, wrong_method",
    "CONNECT localhost:80, localhost, 405, wrong_method",
    "POST /embed, localhost, 415, wrong_type",
    "GET /info, evil.example, 421, wrong_host",
    "GET /metrics, evil.example, 421, wrong_host",
    "GET /%00, localhost, 400, invalid",
    "GET /info HTTP/9.9, localhost, 505, failed"
  })
  void areCountedByTheirReason(String line, String host, int status, String reason)
      throws IOException {
    try (var served = new Served(ApiKeys.NONE)) {
      assertThat(served.ask(line, host, "")).startsWith("HTTP/1.1 %d ".formatted(status));

      served.awaitFailures(Map.of(reason, 1));
      assertThat(served.ask("GET /health", "localhost", "")).startsWith("HTTP/1.1 200 ");
      served.awaitFailures(Map.of(reason, 1));
    }
  }

  @Test
  void areCountedOnceWhereTheBodyMatters() throws Exception {
    String three = "{\"normalize\":false,\"dimensions\":4,\"inputs\":[\"a\",\"b\",\"c\"]}";
    String post = JSON + three.length() + "\r\n\r\n" + three;
    try (var served = new Served(ApiKeys.NONE);
        Socket first = served.send("POST /embed", "localhost", post)) {
      StartedBatch batch = served.embedder.nextBatch();

      assertThat(served.ask("POST /embed", "localhost", post)).startsWith("HTTP/1.1 429 ");
      assertThat(served.ask("POST /embed", "localhost", JSON + "2\r\n\r\n{}"))
          .startsWith("HTTP/1.1 422 ");
      assertThat(served.ask("POST /embed", "localhost", JSON + "1025")).startsWith("HTTP/1.1 413 ");

      served.awaitFailures(Map.of("busy", 1, "invalid", 1, "too_large", 1));
      batch.finish();
      while (first.getInputStream().available() == 0) { // of its texts, some may come in another
        StartedBatch next = served.embedder.pollBatch();
        if (next != null) {
          next.finish();
        }
      }
      served.awaitFailures(Map.of("busy", 1, "invalid", 1, "too_large", 1));
      assertThat(served.metrics()).contains("te_request_count 4\n", "te_request_success 1\n");
    }
  }

  @Test
  void areCountedWithoutAKey() throws IOException {
    try (var served = new Served(ApiKeys.of(List.of("key")))) {
      for (String path : List.of("/embed", "/nothing", "/metrics")) {
        assertThat(served.ask("POST " + path, "localhost", "")).startsWith("HTTP/1.1 401 ");
      }

      served.awaitFailures(Map.of("bad_key", 3));
    }
  }

  /** A server whose model finishes a batch when the test says so. */
  private static final class Served implements AutoCloseable {
    private final ManualTextEmbedder embedder = new ManualTextEmbedder();
    private final EmbeddingServer server;

    Served(ApiKeys keys) throws IOException {
      ServerOptions options =
          ServerOptions.DEFAULT
              .withAddress(new Address("127.0.0.1", 0, null))
              .withKeys(keys)
              .withLimits(FEW);
      var description = ModelDescription.read(TinyModelDirectory.path());
      server =
          EmbeddingServer.start(
              new ServedModel(description, embedder, options.defaults(), 65_536), options);
    }

    /** The answer to a request, as it is on the wire. */
    String ask(String line, String host, String more) throws IOException {
      try (Socket socket = send(line, host, more)) {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      }
    }

    Socket send(String line, String host, String more) throws IOException {
      String head = line.contains("HTTP/") ? line : line + " HTTP/1.1";
      String end = more.contains("\r\n\r\n") ? more : more.isEmpty() ? "\r\n" : more + "\r\n\r\n";
      var socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
      socket
          .getOutputStream()
          .write(
              "%s\r\nHost: %s\r\nConnection: close\r\n%s"
                  .formatted(head, host, end)
                  .getBytes(StandardCharsets.US_ASCII));
      return socket;
    }

    String metrics() throws IOException {
      return ask("GET /metrics", "localhost", "Authorization: Bearer key");
    }

    /** A request is counted when its answer is written. */
    void awaitFailures(Map<String, Integer> wanted) {
      await().untilAsserted(() -> assertThat(failures()).isEqualTo(new TreeMap<>(wanted)));
    }

    private Map<String, Integer> failures() throws IOException {
      return FAILURES
          .matcher(metrics())
          .results()
          .collect(
              Collectors.toMap(
                  found -> found.group(1),
                  found -> Integer.parseInt(found.group(2)),
                  Integer::sum,
                  TreeMap::new));
    }

    @Override
    public void close() {
      server.close();
      embedder.close();
    }
  }
}
