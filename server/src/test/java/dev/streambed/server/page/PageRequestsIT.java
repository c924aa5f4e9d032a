package dev.streambed.server.page;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.server.ApiKeys;
import dev.streambed.server.EmbeddingServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may ask the page for what, and what becomes of those who may not. */
@Timeout(180)
class PageRequestsIT {
  private static final String KEY = "canary-key-55e0";
  private static final int RANDOM_REQUESTS = 1000;
  private static final int MANY = 10_000; // all that the stream opens with

  private static PageTopic kafka;
  private static EmbeddingServer server;

  @BeforeAll
  static void start() throws Exception {
    kafka = PageTopic.start();
    kafka.broker().createTopic(PageTopic.DEAD, 1);
    kafka.broker().createTopic(PageTopic.TOPIC, 1);
    kafka.send(PageTopic.TOPIC, "a", "the dog");
    server = kafka.serve(PageTopic.TOPIC);
  }

  @AfterAll
  static void stop() {
    try {
      server.close();
    } finally {
      kafka.close();
    }
  }

  @Test
  void hasTheHeadersOfAPageOnEachAnswer() throws Exception {
    var client = new PageClient(server);

    for (String path :
        List.of("/page/", "/page/api/topic", "/page/api/none", "/page/none.html", "/page")) {
      HttpResponse<String> response = client.get(path);
      assertThat(response.headers().firstValue("content-security-policy"))
          .as(path)
          .contains(
              "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
      assertThat(response.headers().firstValue("x-content-type-options")).contains("nosniff");
      assertThat(response.headers().firstValue("referrer-policy")).contains("no-referrer");
      assertThat(response.headers().firstValue("cross-origin-opener-policy"))
          .contains("same-origin");
      assertThat(response.headers().firstValue("cross-origin-resource-policy"))
          .contains("same-origin");
      assertThat(response.headers().firstValue("cache-control"))
          .contains(path.startsWith("/page/api/") ? "no-store" : "no-cache");
    }
  }

  @Test
  void bringsABrowserToThePageAndLeavesTheHealthCheckAlone() throws Exception {
    var client = new PageClient(server);

    HttpResponse<String> browser = client.get("/", "Accept", "text/html,*/*;q=0.8");
    HttpResponse<String> check = client.get("/");
    HttpResponse<String> bare = client.get("/page");

    assertThat(browser.statusCode()).isEqualTo(302);
    assertThat(browser.headers().firstValue("location")).contains("/page/");
    assertThat(bare.headers().firstValue("location")).contains("/page/");
    assertThat(check.statusCode()).isEqualTo(200);
    assertThat(check.body()).isEmpty();
    assertThat(server.pageUrl()).isEqualTo(server.url() + "/page/");
  }

  @Test
  void sendsNoFileThatOneOfSeveralTagsNames() throws Exception {
    var client = new PageClient(server);
    String tag = client.get("/page/").headers().firstValue("etag").orElseThrow();

    HttpResponse<String> again =
        client.get("/page/", "If-None-Match", "\"a\", \"b\"", "If-None-Match", "W/" + tag);

    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(again.headers().firstValue("etag")).contains(tag);
  }

  @Test
  void cutsTheTextOfAHitAndGivesAllOfARecord() throws Exception {
    String exact = "the dog " + "x".repeat(1_992);
    String text = exact.substring(1) + "\uD83D\uDC15" + "y".repeat(500); // a pair at the cut
    kafka.broker().createTopic("long", 1);
    try (EmbeddingServer of = kafka.serve("long");
        PageClient.Stream stream = new PageClient(of).stream()) {
      kafka.send("long", "exact", exact);
      kafka.send("long", "longer", text);
      stream.awaitStatistics("both", line -> line.get("records").asInt() == 2);

      for (JsonNode hit : new PageClient(of).search("{\"query\":\"the dog\"}").get("hits")) {
        boolean isLonger = hit.get("key").asText().equals("longer");
        assertThat(hit.get("longer").asBoolean()).isEqualTo(isLonger);
        assertThat(hit.get("text").asText())
            .isEqualTo(isLonger ? text.substring(0, 1_999) : exact); // 2,000, or the pair is whole
        assertThat(
                PageClient.json(new PageClient(of).get("/page/api/records/" + hit.get("id")))
                    .get("text")
                    .asText())
            .isEqualTo(isLonger ? text : exact);
      }
    }
  }

  @Test
  void needsAKeyForDataAndNoneForFiles() throws Exception {
    try (EmbeddingServer secured =
        kafka.serve(PageTopic.TOPIC, PageOptions.DEFAULT_MAX_RECORDS, ApiKeys.of(List.of(KEY)))) {
      var stranger = new PageClient(secured);
      var friend = new PageClient(secured, KEY);

      for (String path : List.of("topic", "stream", "records/0", "vectors", "none")) {
        assertThat(stranger.get("/page/api/" + path).statusCode()).as(path).isEqualTo(401);
      }
      byte[] search = "{\"query\":\"dog\"}".getBytes(UTF_8);
      assertThat(stranger.send("POST", "/page/api/search", search, "application/json").statusCode())
          .isEqualTo(401);
      assertThat(stranger.get("/page/").statusCode()).isNotEqualTo(401);
      assertThat(friend.get("/page/api/topic").statusCode()).isEqualTo(200);
      try (PageClient.Stream stream = friend.stream()) {
        stream.awaitTexts("the dog");
      }
    }
  }

  /** A page of another site whose name was made to point here. */
  @Test
  void answersOnlyThoseWhoAskForThisServer() throws Exception {
    for (String path : List.of("/page/", "/page/api/topic", "/page/api/stream")) {
      assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
          .as(path)
          .startsWith("HTTP/1.1 421");
    }
  }

  private static String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return new String(socket.getInputStream().readNBytes(12), US_ASCII);
    }
  }

  @Test
  void refusesRequestsThatMakeNoSenseAndLives() throws Exception {
    var client = new PageClient(server);
    var random = new Random(20);
    String[] paths = {
      "search",
      "search/",
      "records/",
      "records/-1",
      "records/99999999999999999999999",
      "records/a%00b",
      "records/12345",
      "vectors?most=0",
      "vectors?most=99999999",
      "vectors?most=%FF",
      "%2e%2e/%2e%2e/etc/passwd",
      "..%2f..%2fLivePage.class",
      "Stream",
      "topic/x",
      "x".repeat(2000)
    };
    String[] methods = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
    String[] bodies = {
      "",
      "{",
      "[]",
      "{\"query\":7}",
      "{\"query\":[1,2]}",
      "{\"query\":[\"a\",\"b\"]}",
      "{\"query\":\"\"}",
      "{\"query\":\"dog\",\"top\":0}",
      "{\"query\":\"dog\",\"top\":101}",
      "{\"query\":\"dog\",\"top\":1e9}",
      "{\"query\":\"dog\",\"filters\":{}}",
      "{\"query\":\"dog\",\"filters\":[{\"name\":\"a\"}]}",
      "{\"query\":\"dog\",\"filters\":[{\"name\":\"a\",\"value\":null}]}",
      "{\"query\":\"dog\",\"filters\":[[[[[[",
      "{\"query\":\"dog\",\"prompt\":\"no such\"}",
      "{\"query\":\"dog\",\"query\":\"cat\"}",
      "{\"top\":5}",
      "[".repeat(5000)
    };

    int cutOff = 0;
    for (int i = 0; i < RANDOM_REQUESTS; i++) {
      String path = "/page/api/" + paths[random.nextInt(paths.length)];
      String method = methods[random.nextInt(methods.length)];
      byte[] body = bodies[random.nextInt(bodies.length)].getBytes(UTF_8);
      if (random.nextInt(4) == 0) {
        body = new byte[random.nextInt(300)];
        random.nextBytes(body);
      }
      HttpResponse<String> response;
      try {
        response = client.send(method, path, body, "application/json");
      } catch (IOException e) { // the server closes a connection whose body it does not read
        cutOff++;
        continue;
      }

      assertThat(response.statusCode()).as("%d: %s %s", i, method, path).isBetween(400, 499);
      assertThat(response.body()).doesNotContain("Backend");
    }
    assertThat(cutOff).isLessThan(RANDOM_REQUESTS / 4);
    assertThat(client.search("{\"query\":\"the dog\"}").get("hits")).hasSize(1);
  }

  @Test
  void refusesASearchThatIsNoJsonSoThatNoOtherSiteCanSendOne() throws Exception {
    HttpResponse<String> response =
        new PageClient(server)
            .send("POST", "/page/api/search", "{\"query\":\"dog\"}".getBytes(UTF_8), "text/plain");

    assertThat(response.statusCode()).isEqualTo(415);
  }

  @Test
  void cutsOffAReaderThatDoesNotRead() throws Exception {
    kafka.broker().createTopic("many", 1);
    EmbeddingRecord record =
        kafka.embedding("the dog ", Map.of("word", "\u4E16".repeat(200))); // 3 bytes each
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      records.add(PageTopic.message("many", null, record));
    }
    try (EmbeddingServer many = kafka.serve("many");
        Socket slow = new Socket();
        PageClient.Stream good = new PageClient(many).stream()) {
      slow.setReceiveBufferSize(16_384);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), many.port()));
      slow.getOutputStream()
          .write("GET /page/api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));

      for (int round = 1; round <= 3; round++) {
        kafka.send(records);
        int all = round * MANY;
        good.awaitStatistics("all", line -> line.get("arrived").asInt() == all);
        String last = "many-0@" + (all - 1);
        await(last)
            .atMost(Duration.ofSeconds(60))
            .until(
                () ->
                    good.records().stream()
                        .anyMatch(each -> each.get("position").asText().equals(last)));
      }

      assertThat(bytesUntilItsEnd(slow)).isLessThan(3L * MANY * 600);
      assertThat(good.present()).hasSize(MANY);
    }
  }

  private static long bytesUntilItsEnd(Socket socket) {
    long all = 0;
    byte[] buffer = new byte[1 << 16];
    try {
      socket.setSoTimeout(10_000); // each second there is a line, were it not cut off
      for (int read = 0; read >= 0 && all < 1L << 30; read = socket.getInputStream().read(buffer)) {
        all += read;
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("The connection is open, and nothing comes.", e);
    } catch (IOException e) {
      // it was cut off
    }
    return all;
  }
}
