package dev.streambed.server.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.embedder.LogCapture;
import dev.streambed.query.EmbeddingReader;
import dev.streambed.schemas.EmbeddingRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Steps of the page of which one fails: a vector of another length has no place on the map. */
@Timeout(120)
class PageStepsIT {
  private static final String TOPIC = "mixed";
  private static final int PLACED = 10; // as many as the map begins with
  private static final byte[] STATISTICS =
      "{\"type\":\"statistics\"}\n".getBytes(StandardCharsets.UTF_8);

  private final LiveRecords records = new LiveRecords(100, Long.MAX_VALUE);
  private final PageSteps steps =
      new PageSteps(records, new FollowedDeadLetters.Newest(), () -> STATISTICS);
  private final Server http = new Server();
  private final ServerConnector connector = new ServerConnector(http);

  @BeforeEach
  void start() throws Exception {
    http.addConnector(connector);
    http.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            steps.join(new StreamReader(request, response, callback, () -> {}));
            return true;
          }
        });
    http.start();
    steps.start();
  }

  @AfterEach
  void stop() throws Exception {
    steps.close();
    http.stop();
  }

  @Test
  void sayThatOneFailedAndGoOnWithAllThatArrived() throws Exception {
    List<EmbeddingReader.Entry> entries = entries();
    entries.subList(0, PLACED).forEach(records::add);
    List<JsonNode> first = new CopyOnWriteArrayList<>();
    Thread reader = new Thread(() -> read(first), "first-reader");
    reader.start();
    await("the map").until(() -> first.stream().anyMatch(line -> is(line, "statistics")));

    try (LogCapture log = LogCapture.begin()) {
      entries.subList(PLACED, entries.size()).forEach(records::add);
      reader.join(Duration.ofMinutes(1).toMillis());

      assertThat(reader.isAlive()).as("the stream is open").isFalse();
      assertThat(first.get(first.size() - 1).toString())
          .isEqualTo(
              "{\"type\":\"failed\",\"message\":\"The server could not show what changed; its log says why.\"}");
      assertThat(log.events()).anyMatch(line -> line.startsWith("A step of the page failed."));
    }
    List<JsonNode> second = new CopyOnWriteArrayList<>();
    new Thread(() -> read(second), "second-reader").start();
    await("statistics").until(() -> second.stream().anyMatch(line -> is(line, "statistics")));
    List<String> texts = new ArrayList<>();
    second.stream()
        .filter(line -> is(line, "records"))
        .forEach(line -> line.get("records").forEach(each -> texts.add(each.get("text").asText())));
    assertThat(texts).hasSize(PLACED + 2).endsWith("short", "last");
  }

  private static boolean is(JsonNode line, String type) {
    return line.get("type").asText().equals(type);
  }

  /** Ten vectors of two numbers, one of one, and one of two. */
  private static List<EmbeddingReader.Entry> entries() throws Exception {
    try (PageTopic kafka = PageTopic.start()) {
      kafka.broker().createTopic(TOPIC, 1);
      List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
      for (int i = 0; i < PLACED; i++) {
        sent.add(message("text " + i, (float) Math.cos(i), (float) Math.sin(i)));
      }
      sent.add(message("short", 1));
      sent.add(message("last", 0.6f, 0.8f));
      kafka.send(sent);
      try (EmbeddingReader reader =
          EmbeddingReader.open(kafka.kafka(), TOPIC, EmbeddingReader.Options.DEFAULT)) {
        return reader.readLatest(each -> {});
      }
    }
  }

  private static ProducerRecord<byte[], byte[]> message(String text, float... vector) {
    String space = "streambed://text-embedding@1/tiny@cdcdcdcdcdcd?dimensions=" + vector.length;
    EmbeddingRecord record = PageTopic.record(text, vector, space, Map.of());
    return PageTopic.message(TOPIC, text, record);
  }

  /** Reads the stream until it ends. */
  private void read(List<JsonNode> lines) {
    URI stream = URI.create("http://127.0.0.1:%d/".formatted(connector.getLocalPort()));
    try (var in =
        new BufferedReader(
            new InputStreamReader(
                HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(stream).build(), BodyHandlers.ofInputStream())
                    .body(),
                StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.isEmpty()) {
          lines.add(new JsonMapper().readTree(line));
        }
      }
    } catch (IOException e) {
      // it was cut off
    } catch (InterruptedException e) {
      throw new AssertionError("The test was interrupted.", e);
    }
  }
}
