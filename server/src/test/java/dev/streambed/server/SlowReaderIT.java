package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.ServerOptions.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that asks for much and reads a little of it now and then, so it is never idle. */
@Timeout(120)
class SlowReaderIT {
  private static final int INPUTS = 100_000; // 10 MB of vectors, more than any buffer of a socket

  @Test
  void losesItsConnectionAndItsPlaces() throws Exception {
    var limits = new RequestLimits(INPUTS, 10 << 20, 2 * INPUTS, 10, Duration.ofSeconds(10));
    String body = "{\"inputs\":[%s\"the dog\"]}".formatted("\"the dog\",".repeat(INPUTS - 1));
    try (OnnxTextEmbedder embedder =
            OnnxTextEmbedder.open(
                ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT);
        EmbeddingServer server =
            EmbeddingServer.start(
                embedder,
                ServerOptions.DEFAULT
                    .withAddress(new Address("127.0.0.1", 0, null))
                    .withLimits(limits));
        Socket socket = new Socket()) {
      var client = new ServerClient(server);
      socket.setReceiveBufferSize(16_384);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
      socket
          .getOutputStream()
          .write(
              "POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(body.length(), body)
                  .getBytes(StandardCharsets.US_ASCII));
      await().until(() -> client.get("/metrics").body().contains("te_queue_size " + INPUTS + "\n"));

      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                socket.getInputStream().skip(socket.getInputStream().available());
                return client.get("/metrics").body().contains("te_queue_size 0\n");
              });

      assertThat(client.get("/metrics").body()).contains("te_request_success 0\n");
    }
  }
}
