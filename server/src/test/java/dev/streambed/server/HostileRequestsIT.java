package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.ServerOptions.Address;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that mean harm are refused, and the server goes on, with the memory that it had. */
@Timeout(180)
class HostileRequestsIT {
  private static final int MAX_BODY = 100_000;
  private static final int RANDOM_BODIES = 10_000;
  private static final long SEED = 20261130;

  private static OnnxTextEmbedder embedder;
  private static EmbeddingServer server;
  private static ServerClient client;

  @BeforeAll
  static void start() throws Exception {
    embedder =
        OnnxTextEmbedder.open(
            ModelDirectory.open(TinyModelDirectory.path()), EmbedderOptions.DEFAULT);
    server =
        EmbeddingServer.start(
            embedder,
            ServerOptions.DEFAULT
                .withAddress(new Address("127.0.0.1", 0, null))
                .withLimits(new RequestLimits(64, MAX_BODY, 256, 64, Duration.ofSeconds(3))));
    client = new ServerClient(server);
  }

  @AfterAll
  static void stop() {
    server.close();
    embedder.close();
  }

  @AfterEach
  void itServesAsBefore() throws Exception {
    assertThat(client.post("/embed", "{\"inputs\":\"the dog\"}").statusCode()).isEqualTo(200);
    await().until(() -> client.get("/metrics").body().contains("te_queue_size 0\n"));
  }

  @ParameterizedTest
  @CsvSource({"Content-Length: 1073741824, 413", "Transfer-Encoding: chunked, 413"})
  void aBodyOfAGigabyte(String header, int status) throws Exception {
    long before = usedMemory();
    String answer;

    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(head("POST /embed", header));
      boolean isChunked = header.contains("chunked");
      byte[] part = new byte[1 << 16];
      try {
        for (int i = 0; i < (1 << 14); i++) { // a gigabyte
          if (isChunked) {
            out.write("10000\r\n".getBytes(StandardCharsets.US_ASCII));
          }
          out.write(part);
          if (isChunked) {
            out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
          }
        }
      } catch (SocketException e) {
        // it hung up, which is the point
      }
      answer = read(socket);
    }

    assertThat(answer).matches("(?s)|HTTP/1.1 %d .*".formatted(status)); // or a reset came first
    assertThat(usedMemory() - before).isLessThan(20_000_000);
  }

  @Test
  void jsonOfAThousandLevels() throws Exception {
    String deep = "[".repeat(40_000) + "]".repeat(40_000);

    for (String body :
        List.of(
            "{\"inputs\":%s}".formatted(deep),
            "{\"inputs\":\"a\",\"other\":%s}".formatted(deep),
            deep,
            "{\"a\":".repeat(10_000))) {
      assertThat(client.post("/embed", body).statusCode()).isEqualTo(422);
    }
  }

  @Test
  void bytesThatAreNoUtf8() throws Exception {
    byte[][] bad = {
      {(byte) 0xff},
      {(byte) 0xc0, (byte) 0x80},
      {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
      {(byte) 0xe2, (byte) 0x82},
      {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}
    };
    for (byte[] bytes : bad) {
      var body = new ByteArrayOutputStream();
      body.writeBytes("{\"inputs\":\"".getBytes(StandardCharsets.UTF_8));
      body.writeBytes(bytes);
      body.writeBytes("\"}".getBytes(StandardCharsets.UTF_8));

      assertThat(exchange("POST /embed", body.toByteArray()))
          .startsWith("HTTP/1.1 422 ")
          .contains("The body is not UTF-8 at byte 11.");
    }
    assertThat(client.post("/embed", "{\"inputs\":\"\\ud800\"}").body())
        .contains("The text has an unpaired surrogate at character 0.");
  }

  @Test
  void aFloodOfHeaders() throws Exception {
    StringBuilder headers = new StringBuilder("POST /embed HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 20_000; i++) {
      headers.append("X-Header-%d: %s\r\n".formatted(i, "v".repeat(50)));
    }
    try (Socket socket = connect()) {
      try {
        socket.getOutputStream().write(headers.toString().getBytes(StandardCharsets.US_ASCII));
      } catch (SocketException e) {
        // it hung up
      }
      assertThat(read(socket)).matches("(?s)|HTTP/1.1 431 .*application/json.*");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET /%00, 400",
    "GET /../../etc/passwd, 400",
    "GET /a/%2e%2e/health, 400",
    "BREW /embed, 405",
    "CONNECT localhost:80, 405",
    "OPTIONS *, 404",
    "POST /embed?x=%ff, 415"
  })
  void oddRequestLines(String line, int status) throws Exception {
    assertThat(exchange(line, new byte[0], "Content-Length: 0"))
        .startsWith("HTTP/1.1 %d ".formatted(status));
  }

  @Test
  void twoLengthsOfABodyAtOnce() throws Exception {
    assertThat(
            exchange("POST /embed", new byte[0], "Content-Length: 5\r\nTransfer-Encoding: chunked"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(exchange("POST /embed", new byte[0], "Content-Length: 5\r\nContent-Length: 6"))
        .startsWith("HTTP/1.1 400 ");
    assertThat(exchange("POST /embed", new byte[0], "Content-Length: -5"))
        .startsWith("HTTP/1.1 400 ");
  }

  /** So the connection is never idle; the limit for a whole request, or its head, ends it. */
  @ParameterizedTest
  @ValueSource(strings = {"", "Content-Length: 1000\r\n\r\n"})
  void aRequestThatComesByteByByte(String begin) throws Exception {
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /embed HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + begin)
              .getBytes(StandardCharsets.US_ASCII));
      int sent = 0;
      try {
        while (sent < 1000) {
          out.write('{');
          sent++;
          Thread.sleep(50); // slower than any client that means well
        }
      } catch (SocketException e) {
        // it hung up
      }

      assertThat(sent).isLessThan(1000);
    }
  }

  /** More of them than the server has threads, and fewer than it takes connections. */
  @Test
  void connectionsThatSendNothingMore() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 50; i++) {
        Socket socket = connect();
        slow.add(socket);
        socket.getOutputStream().write("POST /embed HTT".getBytes(StandardCharsets.US_ASCII));
      }

      itServesAsBefore();
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void randomBodies() throws Exception {
    Random random = new Random(SEED);
    long before = usedMemory();

    for (int i = 0; i < RANDOM_BODIES; i++) {
      byte[] body = randomBody(random);
      String path = random.nextBoolean() ? "POST /embed" : "POST /v1/embeddings";
      assertThat(exchange(path, body))
          .as("body %d of seed %d", i, SEED)
          .matches("(?s)HTTP/1.1 (200|400|404|422) .*");
    }

    assertThat(usedMemory() - before).isLessThan(20_000_000);
  }

  /** Bytes, or a request with bytes changed. */
  private static byte[] randomBody(Random random) {
    if (random.nextInt(4) == 0) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      return bytes;
    }
    String[] requests = {
      "{\"inputs\":[\"the dog\",\"cat\"],\"dimensions\":4,\"truncate\":true}",
      "{\"input\":[[1,2,3],[4]],\"model\":\"tiny\",\"encoding_format\":\"base64\"}",
      "{\"input\":\"the dog\",\"model\":\"tiny\",\"user\":{\"a\":[1,2,{}]}}"
    };
    byte[] body = requests[random.nextInt(requests.length)].getBytes(StandardCharsets.UTF_8);
    for (int i = random.nextInt(4); i > 0; i--) {
      body[random.nextInt(body.length)] = (byte) random.nextInt(256);
    }
    return body;
  }

  private static String exchange(String line, byte[] body) throws IOException {
    return exchange(line, body, "Content-Type: application/json\r\nContent-Length: " + body.length);
  }

  private static String exchange(String line, byte[] body, String headers) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(head(line, headers + "\r\nConnection: close"));
      socket.getOutputStream().write(body);
      return read(socket);
    }
  }

  private static byte[] head(String line, String headers) {
    String type = headers.contains("Content-Type") ? "" : "\r\nContent-Type: text/x";
    if (line.startsWith("POST /embed") && !line.contains("?")) {
      type = headers.contains("Content-Type") ? "" : "\r\nContent-Type: application/json";
    }
    return "%s HTTP/1.1\r\nHost: localhost%s\r\n%s\r\n\r\n"
        .formatted(line, type, headers)
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(20_000);
    return socket;
  }

  private static String read(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketException e) { // a reset
      return "";
    }
  }

  /** The heap in use after a collection. */
  private static long usedMemory() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
