package dev.streambed.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streambed.embedder.batch.ManualTextEmbedder;
import dev.streambed.embedder.batch.ManualTextEmbedder.StartedBatch;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.TinyModelDirectory;
import dev.streambed.server.ServerOptions.Address;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS and keys; the certificate is made by the JDK's keytool. */
@Timeout(60)
class SecuredServerTest {
  private static final String KEY = "canary-key-7d21";
  private static final long HEAD_SECONDS = 1;
  private static final String PASSWORD = "changeit";

  @TempDir private static Path folder;
  private static ManualTextEmbedder embedder;
  private static EmbeddingServer server;

  @SuppressWarnings("NullAway.Init") // by tlsFiles()
  private static SSLContext trusting;

  @BeforeAll
  static void start() throws Exception {
    embedder = new ManualTextEmbedder();
    Path keys =
        Files.writeString(folder.resolve("keys"), "# keys\n\n  # more\nfirst\n  " + KEY + "\n");
    ServerOptions options =
        ServerOptions.DEFAULT
            .withAddress(new Address("127.0.0.1", 0, tlsFiles()))
            .withKeys(ApiKeys.read(keys));
    ModelDescription description = ModelDescription.read(TinyModelDirectory.path());
    server =
        EmbeddingServer.start(
            new ServedModel(description, embedder, options.defaults(), 65_536),
            new ServerOptions(
                options.address(), options.keys(), options.limits(), options.defaults(), 1),
            HEAD_SECONDS);
  }

  @AfterAll
  static void stop() {
    server.close();
    embedder.close();
  }

  @Test
  void answersOverTlsThoseWhoHaveAKey() throws Exception {
    assertThat(server.url()).startsWith("https://");
    assertThat(status("/info", "Bearer " + KEY)).isEqualTo(200);
    assertThat(status("/info", "bearer first")).isEqualTo(200);
    assertThat(status("/health", "none")).isEqualTo(200); // for those that watch it
  }

  @Test
  void refusesAllOthers() throws Exception {
    for (String path :
        List.of("/info", "/metrics", "/v1/models", "/v1/embeddings", "/embed", "/x")) {
      assertThat(status(path, "Bearer wrong")).as(path).isEqualTo(401);
      assertThat(status(path, KEY)).as(path).isEqualTo(401);
      assertThat(status(path, "Bearer ")).as(path).isEqualTo(401);
      assertThat(status(path, "Bearer # keys")).as(path).isEqualTo(401);
      assertThat(status(path, "Bearer # more")).as(path).isEqualTo(401);
    }
    assertThat(get("/v1/models", "Bearer wrong").headers().firstValue("www-authenticate"))
        .contains("Bearer");
  }

  @Test
  void noticesThatAClientHangsUpOverTls() throws Exception {
    CompletableFuture<HttpResponse<String>> busy = post("x");
    StartedBatch running = embedder.nextBatch();

    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", server.port())) {
      socket.getOutputStream().write(request("a"));
      await().until(() -> metrics().contains("te_queue_size 2\n"));
    }
    await().until(() -> metrics().contains("streambed_request_hung_up 1\n"));
    CompletableFuture<HttpResponse<String>> other = post("b");
    await().until(() -> metrics().contains("te_queue_size 2\n"));
    running.finish();
    StartedBatch next = embedder.nextBatch();
    next.finish();

    assertThat(next.firstCharacters()).isEqualTo("b");
    assertThat(busy.join().statusCode()).isEqualTo(200);
    assertThat(other.join().statusCode()).isEqualTo(200);
  }

  /** The limit of a head begins anew with each, and is not for what comes behind it. */
  @Test
  void keepsAConnectionForManyRequestsThatTakeLongerThanTheHeadOfOne() throws Exception {
    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", server.port())) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      for (int i = 0; i < 3; i++) {
        socket.getOutputStream().write(request("a"));
        StartedBatch batch = embedder.nextBatch();
        await().pollDelay(Duration.ofSeconds(3 * HEAD_SECONDS)).until(() -> true);
        batch.finish();

        assertThat(in.readLine()).isEqualTo("HTTP/1.1 200 OK");
        skipAnswer(in);
      }
    }
  }

  /** A client that is slow in the handshake, or in the head behind it. */
  @Test
  void closesAConnectionWhoseHeadTakesTooLong() throws Exception {
    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", server.port())) {
      socket.startHandshake();
      int sent = 0;
      try {
        for (; sent < 1000; sent++) {
          socket.getOutputStream().write('G');
          Thread.sleep(50); // slower than any client that means well
        }
      } catch (SocketException e) {
        // it hung up
      }

      assertThat(sent).isLessThan(1000);
    }
  }

  private static void skipAnswer(BufferedReader in) throws IOException {
    int length = 0;
    for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
        length = Integer.parseInt(line.substring("content-length: ".length()));
      }
    }
    assertThat(in.skip(length)).isEqualTo(length);
  }

  private static byte[] request(String text) {
    String body = body(text);
    return "POST /embed HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(KEY, body.length(), body)
        .getBytes(UTF_8);
  }

  @Test
  void saysWhatIsWrongWithAKeyFile() throws IOException {
    Path none = Files.writeString(folder.resolve("none.pem"), "-----BEGIN RSA PRIVATE KEY-----\n");

    assertThatThrownBy(() -> new TlsFiles(folder.resolve("cert.pem"), none).open())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "There is no 'BEGIN PRIVATE KEY' in %s. Make it with: openssl pkcs8 -topk8 -nocrypt -in KEY"
                .formatted(none));
  }

  private static String body(String text) {
    return "{\"inputs\":\"%s\",\"normalize\":false,\"dimensions\":4}".formatted(text);
  }

  private static String metrics() throws IOException, InterruptedException {
    return get("/metrics", "Bearer " + KEY).body();
  }

  private static int status(String path, String authorization)
      throws IOException, InterruptedException {
    return get(path, authorization).statusCode();
  }

  private static HttpResponse<String> get(String path, String authorization)
      throws IOException, InterruptedException {
    return client()
        .send(to(path).header("authorization", authorization).build(), BodyHandlers.ofString());
  }

  private static CompletableFuture<HttpResponse<String>> post(String text) {
    HttpRequest request =
        to("/embed")
            .header("authorization", "Bearer " + KEY)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body(text)))
            .build();
    return client().sendAsync(request, BodyHandlers.ofString());
  }

  private static HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(server.url() + path));
  }

  private static HttpClient client() {
    return HttpClient.newBuilder().sslContext(trusting).build();
  }

  private static TlsFiles tlsFiles() throws Exception {
    Path store = folder.resolve("store.p12");
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "server",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .doesNotContain("rror");
    assertThat(process.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", keys.getCertificate("server"));
    trust.init(trusted);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, trust.getTrustManagers(), null);
    return new TlsFiles(
        pem("cert.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded()),
        pem("key.pem", "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded()));
  }

  private static Path pem(String file, String type, byte[] content) throws IOException {
    String lines =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content);
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(type, lines, type));
  }
}
