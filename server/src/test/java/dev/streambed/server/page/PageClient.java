package dev.streambed.server.page;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.server.EmbeddingServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a browser does with a page under test. */
final class PageClient {
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String url;
  private final @Nullable String key;

  PageClient(EmbeddingServer server, @Nullable String key) {
    this.url = server.url();
    this.key = key;
  }

  PageClient(EmbeddingServer server) {
    this(server, /* key= */ null);
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = request(path);
    return http.send(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        BodyHandlers.ofString());
  }

  HttpResponse<byte[]> bytes(String path) throws Exception {
    return http.send(request(path).build(), BodyHandlers.ofByteArray());
  }

  HttpResponse<String> send(String method, String path, byte[] body, String type) throws Exception {
    return http.send(
        request(path)
            .header("content-type", type)
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofString());
  }

  JsonNode search(String body) throws Exception {
    return json(
        send(
            "POST", "/page/api/search", body.getBytes(StandardCharsets.UTF_8), "application/json"));
  }

  static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path));
    return key == null ? request : request.header("Authorization", "Bearer " + key);
  }

  Stream stream() throws Exception {
    return new Stream(http.send(request("/page/api/stream").build(), BodyHandlers.ofInputStream()));
  }

  /** The lines of a stream, as they come. */
  static final class Stream implements AutoCloseable {
    private final InputStream in;
    private final HttpResponse<InputStream> response;
    private final List<JsonNode> lines = new CopyOnWriteArrayList<>();

    private Stream(HttpResponse<InputStream> response) {
      this.response = response;
      this.in = response.body();
      var thread = new Thread(this::read, "stream-of-a-test");
      thread.setDaemon(true);
      thread.start();
    }

    private void read() {
      try (var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          if (!line.isEmpty()) {
            lines.add(JSON.readTree(line));
          }
        }
      } catch (IOException e) {
        // closed, by either side
      }
    }

    HttpResponse<InputStream> response() {
      return response;
    }

    /** The lines of a type, so far. */
    List<JsonNode> lines(String type) {
      return lines.stream().filter(line -> line.get("type").asText().equals(type)).toList();
    }

    /** The records that came, so far. */
    List<JsonNode> records() {
      List<JsonNode> records = new CopyOnWriteArrayList<>();
      lines("records").forEach(line -> line.get("records").forEach(records::add));
      return records;
    }

    /** The records that came and were not removed. */
    List<JsonNode> present() {
      List<Long> removed = new CopyOnWriteArrayList<>();
      lines("removed").forEach(line -> line.get("ids").forEach(id -> removed.add(id.asLong())));
      return records().stream()
          .filter(record -> !removed.contains(record.get("id").asLong()))
          .toList();
    }

    List<String> presentTexts() {
      return present().stream().map(record -> record.get("text").asText()).toList();
    }

    JsonNode awaitStatistics(String description, Predicate<JsonNode> is) {
      return awaitLine("statistics", description, is);
    }

    /** The last line of a type that is as wanted, once there is one. */
    JsonNode awaitLine(String type, String description, Predicate<JsonNode> is) {
      await(description)
          .atMost(Duration.ofSeconds(60))
          .until(() -> lines(type).stream().anyMatch(is));
      return lines(type).stream().filter(is).reduce((first, last) -> last).orElseThrow();
    }

    void awaitTexts(String... texts) {
      await(String.join(", ", texts))
          .atMost(Duration.ofSeconds(60))
          .until(() -> presentTexts(), found -> found.equals(List.of(texts)));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
