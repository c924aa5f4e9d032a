package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.server.ServerOptions.Address;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which names of a server a request may be for, if it needs no key. */
@Timeout(60)
class AllowedHostsTest {
  @ParameterizedTest
  @CsvSource({
    "evil.example, 421",
    "evil.example:8080, 421",
    "127.0.0.1.evil.example, 421",
    "localhost.evil.example, 421",
    "localhost:9, 200",
    "LOCALHOST., 200",
    "a.localhost, 200",
    "127.0.0.1, 200",
    "[::1]:80, 200",
    "Embeddings:8080, 200"
  })
  void answersNoPageWhoseNamePointsHere(String host, int status) throws IOException {
    assertThat(answer(ApiKeys.NONE, host)).startsWith("HTTP/1.1 %d ".formatted(status));
  }

  @Test
  void whoHasAKeyMayUseAnyName() throws IOException {
    assertThat(answer(ApiKeys.of(List.of("key")), "proxy.example")).startsWith("HTTP/1.1 200 ");
  }

  /** No browser opens 0.0.0.0 on each system; what is printed is one that it opens. */
  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "0"})
  void answersAtTheUrlThatItTellsIfItListensEverywhere(String everywhere) throws Exception {
    var address = new Address(everywhere, 0, null);

    try (Served served = Served.start(ApiKeys.NONE, address)) {
      String url = served.server.url();
      assertThat(url).isEqualTo("http://localhost:" + served.server.port());
      HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/info")).build();
      assertThat(HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode())
          .isEqualTo(200);
    }
  }

  private static String answer(ApiKeys keys, String host) throws IOException {
    var address = new Address("127.0.0.1", 0, null, Set.of("embeddings"));
    try (Served served = Served.start(keys, address);
        var socket = new Socket(InetAddress.getLoopbackAddress(), served.server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /info HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer key\r\nConnection: close\r\n\r\n"
                  .formatted(host)
                  .getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private record Served(ManualTextEmbedder embedder, EmbeddingServer server)
      implements AutoCloseable {
    static Served start(ApiKeys keys, Address address) throws IOException {
      var embedder = new ManualTextEmbedder();
      ServerOptions options = ServerOptions.DEFAULT.withAddress(address).withKeys(keys);
      ModelDescription description = ModelDescription.read(TinyModelDirectory.path());
      return new Served(
          embedder,
          EmbeddingServer.start(
              new ServedModel(description, embedder, options.defaults(), 65_536), options));
    }

    @Override
    public void close() {
      server.close();
      embedder.close();
    }
  }
}
