package dev.streambed.e2e.harness;

import static org.awaitility.Awaitility.await;

import dev.streambed.broker.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Apicurio Registry in a JVM of its own. It keeps its address and its schemas. */
public final class ApicurioRegistry implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Path directory;
  private final int port;
  private @Nullable Process process;

  private ApicurioRegistry(Path directory) throws IOException {
    this.directory = directory;
    this.port = FreePorts.next();
  }

  /** Starts one whose log lies in a directory. */
  public static ApicurioRegistry start(Path directory) throws IOException {
    var registry = new ApicurioRegistry(directory);
    registry.restart();
    return registry;
  }

  /** The address of its interface that is like Confluent's. */
  public String url() {
    return "http://127.0.0.1:" + port + "/apis/ccompat/v7";
  }

  /**
   * Lets a schema follow the versions of a subject only if its readers understand their records.
   */
  public void demandCompatibility(String subject) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(url() + "/config/" + subject))
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString("{\"compatibility\":\"BACKWARD\"}"))
            .build();
    int status = HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
    if (status != 200) {
      throw new IOException("The registry answers with status " + status);
    }
  }

  /** Starts it, with the schemas that it had, and waits until it answers. */
  public void restart() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Dquarkus.http.host=127.0.0.1",
                    "-Dquarkus.http.port=" + port,
                    "-jar",
                    jar().toString()))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("registry.log").toFile());
    builder
        .environment()
        .put("REGISTRY_DATASOURCE_URL", "jdbc:h2:file:" + directory.resolve("registry"));
    process = builder.start();
    var request = HttpRequest.newBuilder(URI.create(url() + "/schemas/types")).build();
    await("start of the schema registry")
        .atMost(LIMIT)
        .ignoreExceptions() // as long as nobody listens
        .until(
            () ->
                HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode()
                    == 200);
  }

  private static Path jar() throws IOException {
    Path folder = FlinkDirectory.target().resolve("apicurio");
    try (var files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith("-runner.jar"))
          .findFirst()
          .orElseThrow(
              () ->
                  new IOException(
                      "The registry is missing in %s. Create it with: mvn verify -pl e2e-tests -am"
                          .formatted(folder)));
    }
  }

  /** Ends it at once. */
  public void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
