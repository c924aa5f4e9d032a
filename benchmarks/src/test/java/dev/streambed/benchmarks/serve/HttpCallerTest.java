package dev.streambed.benchmarks.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The load generator, against a server that answers with what it got. */
class HttpCallerTest {
  private final List<String> got = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        Bodies.PATH,
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          got.add(new String(body, UTF_8));
          int status = got.size() > 3 ? 429 : 200;
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void sendsBodiesOverOneConnectionAndReadsTheAnswers() throws Exception {
    List<byte[]> bodies = List.of("first, with ü".getBytes(UTF_8), "second".getBytes(UTF_8));
    try (var caller = new HttpCaller(server.getAddress().getPort(), Bodies.PATH, bodies)) {
      assertThat(new String(caller.post(0).body(), UTF_8)).isEqualTo("first, with ü");
      caller.call(1);
      caller.call(0);

      assertThat(caller.post(1).status()).isEqualTo(429);
      assertThatThrownBy(() -> caller.call(1))
          .isInstanceOf(IOException.class)
          .hasMessage("The server answered 429: second");
    }
    assertThat(got).containsExactly("first, with ü", "second", "first, with ü", "second", "second");
  }

  @Test
  void callersShareTheTexts() throws Exception {
    List<byte[]> bodies = List.of("0".getBytes(UTF_8), "1".getBytes(UTF_8), "2".getBytes(UTF_8));
    List<HttpCaller> callers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      callers.add(new HttpCaller(server.getAddress().getPort(), Bodies.PATH, bodies));
    }

    assertThat(Caller.share(callers, 3)).isPositive();

    assertThat(got).containsExactlyInAnyOrder("0", "1", "2");
    assertThatThrownBy(() -> Caller.share(callers, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("The server answered 429");
    for (HttpCaller each : callers) {
      each.close();
    }
  }
}
