package dev.streambed.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.LogCapture;
import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.server.ServerOptions.Address;
import dev.streambed.server.ServerOptions.Defaults;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server whose model finishes a batch when the test says so. */
@Timeout(60)
class LoadedServerTest {
  private static final RequestLimits FEW =
      new RequestLimits(3, 100_000, 4, 10, Duration.ofMinutes(5)); // documents have 3 places of 4

  private final ManualTextEmbedder embedder = new ManualTextEmbedder();

  @SuppressWarnings("NullAway.Init") // each test starts its own
  private EmbeddingServer server;

  @SuppressWarnings("NullAway.Init")
  private ServerClient client;

  @AfterEach
  void stop() {
    server.close();
    embedder.close(); // throws if a worker still uses it
  }

  @Test
  void aClientThatHangsUpCostsNoInference() throws Exception {
    start(FEW);
    CompletableFuture<HttpResponse<String>> busy = client.posted("/embed", texts("x"));
    StartedBatch running = embedder.nextBatch();

    try (Socket socket = connect()) {
      send(socket, texts("a"));
      await().until(() -> metric("te_queue_size 2"));
    } // hangs up
    await().until(() -> metric("streambed_request_hung_up 1"));
    CompletableFuture<HttpResponse<String>> other = client.posted("/embed", texts("b"));
    await().until(() -> metric("te_queue_size 2")); // "a" has given its place back
    running.finish();
    StartedBatch next = embedder.nextBatch();
    next.finish();

    assertThat(next.firstCharacters()).isEqualTo("b");
    assertThat(get(busy).statusCode()).isEqualTo(200);
    assertThat(get(other).statusCode()).isEqualTo(200);
  }

  @Test
  void clientsThatHangUpTakeNoPlaces() throws Exception {
    start(FEW);
    CompletableFuture<HttpResponse<String>> busy = client.posted("/embed", texts("x"));
    StartedBatch running = embedder.nextBatch();

    for (int i = 1; i <= 20; i++) { // five times as many as are accepted at once
      try (Socket socket = connect()) {
        send(socket, texts("a" + i));
        await().until(() -> metric("te_queue_size 2"));
      }
      int hungUp = i;
      await().until(() -> metric("streambed_request_hung_up " + hungUp));
    }
    CompletableFuture<HttpResponse<String>> other = client.posted("/embed", texts("b"));
    await().until(() -> metric("te_queue_size 2"));
    running.finish();
    StartedBatch next = embedder.nextBatch();
    next.finish();

    assertThat(next.firstCharacters()).isEqualTo("b");
    assertThat(get(busy).statusCode()).isEqualTo(200);
    assertThat(get(other).statusCode()).isEqualTo(200);
  }

  @Test
  void aQueryOvertakesDocuments() throws Exception {
    start(FEW);
    CompletableFuture<HttpResponse<String>> busy = client.posted("/embed", texts("x"));
    StartedBatch running = embedder.nextBatch();
    String document = "d".repeat(300);
    var documents = client.posted("/embed", texts(document + 1, document + 2));
    await().until(() -> metric("te_queue_size 3"));

    var query = client.posted("/embed", texts("q")); // one text
    await().until(() -> metric("te_queue_size 4"));
    running.finish();

    StartedBatch next = embedder.nextBatch();
    assertThat(next.firstCharacters()).isEqualTo("q");
    next.finish();
    assertThat(get(query).statusCode()).isEqualTo(200);
    embedder.nextBatch().finish();
    embedder.nextBatch().finish();
    assertThat(get(documents).statusCode()).isEqualTo(200);
    assertThat(get(busy).statusCode()).isEqualTo(200);
  }

  @Test
  void refusesWhatIsTooMuchAtOnceAndKeepsAPlaceForQueries() throws Exception {
    start(FEW);
    var documents = client.posted("/embed", texts("x", "y", "z"));
    StartedBatch first = embedder.nextBatch();
    await().until(() -> metric("te_queue_size 3"));

    HttpResponse<String> refused =
        client.post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":[\"a\",\"b\"]}");
    HttpResponse<String> byHeader =
        client.post("/embed", texts("a"), "x-streambed-lane", "documents");
    var query = client.posted("/embed", texts("q"));
    await().until(() -> metric("te_queue_size 4"));
    HttpResponse<String> tooManyQueries = client.post("/embed", texts("r"));

    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("retry-after")).contains("1");
    assertThat(ServerClient.json(refused).get("error").get("code").asText())
        .isEqualTo("rate_limit_exceeded");
    assertThat(byHeader.statusCode()).isEqualTo(429);
    assertThat(ServerClient.json(byHeader).get("error_type").asText()).isEqualTo("Overloaded");
    assertThat(tooManyQueries.statusCode()).isEqualTo(429);
    first.finish();
    finishAll(query);
    finishAll(documents);
    await().until(() -> metric("te_queue_size 0"));
  }

  @Test
  void endsARequestThatTakesTooLongAndCancelsIt() throws Exception {
    start(new RequestLimits(3, 100_000, 4, 10, Duration.ofMillis(200)));
    HttpResponse<String> late =
        client.post("/v1/embeddings", "{\"model\":\"tiny\",\"input\":\"x\"}");

    assertThat(late.statusCode()).isEqualTo(503);
    assertThat(ServerClient.json(late).get("error").get("message").asText())
        .isEqualTo("The vectors were not there in time: try again.");
    embedder.nextBatch().finish();
    await().until(() -> metric("te_queue_size 0"));
  }

  @Test
  void answersWhatItAcceptedBeforeItEndsAndAcceptsNoMore() throws Exception {
    start(FEW);
    var accepted = client.posted("/embed", texts("a"));
    StartedBatch running = embedder.nextBatch();
    CompletableFuture<Boolean> drained =
        CompletableFuture.supplyAsync(
            () -> drain(Duration.ofSeconds(30)), task -> new Thread(task).start());

    await().until(() -> !accepts());
    running.finish();

    assertThat(get(accepted).statusCode()).isEqualTo(200);
    assertThat(drained.get(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void saysIfNotAllWasAnsweredInTime() throws Exception {
    start(FEW);
    var accepted = client.posted("/embed", texts("a"));
    StartedBatch running = embedder.nextBatch();

    assertThat(drain(Duration.ofMillis(50))).isFalse();

    running.finish();
    assertThat(get(accepted).statusCode()).isEqualTo(200);
  }

  @Test
  void aModelThatBreaksEndsTheServer() throws Exception {
    start(FEW);
    embedder.breakRuntime();
    var request = client.posted("/v1/embeddings", "{\"model\":\"tiny\",\"input\":\"canary-4b8e\"}");
    try (LogCapture log = LogCapture.begin()) {
      embedder.nextBatch().fail(new InferenceException("the graph is torn"));

      assertThat(get(request).statusCode()).isEqualTo(500);
      assertThat(ServerClient.json(get(request)).get("error").get("type").asText())
          .isEqualTo("server_error");
      await().until(() -> server.failure().isCompletedExceptionally());
      assertThat(log.events())
          .anyMatch(event -> event.contains("failed") && event.contains("the graph is torn"))
          .noneMatch(event -> event.contains("canary-4b8e"));
    }
  }

  private boolean drain(Duration limit) {
    try {
      return server.drain(limit);
    } catch (InterruptedException e) {
      throw new AssertionError("The test was interrupted.", e);
    }
  }

  private boolean accepts() {
    try (Socket socket = connect()) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private void finishAll(CompletableFuture<HttpResponse<String>> request) throws Exception {
    while (!request.isDone()) {
      StartedBatch batch = embedder.pollBatch();
      if (batch != null) {
        batch.finish();
      }
    }
    assertThat(get(request).statusCode()).isEqualTo(200);
  }

  private boolean metric(String line) throws Exception {
    return client.get("/metrics").body().contains(line + "\n");
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), server.port());
  }

  private static void send(Socket socket, String body) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(
        "POST /embed HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(body.length(), body)
            .getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static HttpResponse<String> get(CompletableFuture<HttpResponse<String>> response)
      throws Exception {
    return response.get(20, TimeUnit.SECONDS);
  }

  private static String texts(String... texts) {
    return "{\"normalize\":false,\"dimensions\":4,\"inputs\":[\"%s\"]}"
        .formatted(String.join("\",\"", texts));
  }

  private void start(RequestLimits limits) throws IOException {
    ModelDescription description = ModelDescription.read(TinyModelDirectory.path());
    var defaults = new Defaults(EmbedderOptions.DEFAULT, Set.of(), /* truncate= */ true);
    server =
        EmbeddingServer.start(
            new ServedModel(description, embedder, defaults, 65_536),
            new ServerOptions(
                new Address("127.0.0.1", 0, null),
                ApiKeys.NONE,
                limits,
                defaults,
                /* workers= */ 1));
    client = new ServerClient(server);
  }
}
