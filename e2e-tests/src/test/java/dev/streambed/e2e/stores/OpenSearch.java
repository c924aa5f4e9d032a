package dev.streambed.e2e.stores;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.FreePorts;
import dev.streambed.e2e.harness.FlinkDirectory;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** An OpenSearch node with its k-NN plugin, in a JVM of its own that ends with this process. */
final class OpenSearch implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final String MAIN = "OpenSearchNode.java";

  private final HttpClient client = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();
  private final URI address;
  private final Process process;

  private OpenSearch(URI address, Process process) {
    this.address = address;
    this.process = process;
  }

  /** Starts an empty node that keeps all it has in a directory. */
  static OpenSearch start(Path directory) throws IOException {
    Path home = Files.createDirectories(directory.resolve("opensearch"));
    Files.createDirectories(home.resolve("config"));
    Path main = home.resolve(MAIN);
    try (InputStream source = OpenSearch.class.getResourceAsStream("/opensearch/" + MAIN)) {
      Files.write(main, Objects.requireNonNull(source, MAIN).readAllBytes());
    }
    int port = FreePorts.next();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                main.toString(),
                home.toString(),
                Integer.toString(port))
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("opensearch.log").toFile())
            .start();
    var node = new OpenSearch(URI.create("http://127.0.0.1:" + port), process);
    try {
      await("start of OpenSearch")
          .atMost(LIMIT)
          .ignoreExceptions() // as long as nobody listens
          .until(() -> node.request("GET", "/_cluster/health", "").has("status"));
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
    return node;
  }

  private static String classPath() throws IOException {
    Path target = FlinkDirectory.target().resolve("../opensearch/target").normalize();
    Path list = target.resolve("classpath.txt");
    if (!Files.exists(list)) {
      throw new IOException(
          "%s is missing. Create it with: mvn verify -pl e2e-tests -am".formatted(list));
    }
    return String.join(
        File.pathSeparator,
        List.of(Files.readString(list).strip(), target.resolve("k-nn").resolve("*").toString()));
  }

  /**
   * Sends a request.
   *
   * @param body JSON, or lines of it; may be empty
   * @return the answer
   * @throws IOException if OpenSearch refuses it
   */
  JsonNode request(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve(path))
            .header("Content-Type", "application/json")
            .timeout(LIMIT)
            .method(method, BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() >= 300) {
      throw new IOException("OpenSearch answers " + response.statusCode() + " to " + path);
    }
    return json.readTree(response.body());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
