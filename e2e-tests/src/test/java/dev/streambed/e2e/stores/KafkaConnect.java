package dev.streambed.e2e.stores;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.streambed.broker.FreePorts;
import dev.streambed.e2e.harness.FlinkDirectory;
import dev.streambed.e2e.harness.GuardedMain;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A worker of Kafka Connect with Debezium's JDBC sink, in a JVM of its own that ends with this
 * process. It is set up by the file of docker-compose.yml.
 */
final class KafkaConnect implements AutoCloseable {
  private static final Path COMPOSE = Path.of("../deploy/compose/pgvector");
  private static final Path SETTINGS = COMPOSE.resolve("worker.properties");
  private static final Path HEALTH_CHECK = COMPOSE.resolve("sink-is-running");

  private final String name;
  private final int port;
  private final Process process;

  /**
   * @param name of its connector
   */
  private KafkaConnect(String name, int port, Process process) {
    this.name = name;
    this.port = port;
    this.process = process;
  }

  /**
   * Starts it with one connector, and returns before either is ready.
   *
   * @param directory for its files
   */
  static KafkaConnect start(Path directory, String bootstrapServers, Properties connector)
      throws IOException {
    Path home = Files.createDirectories(directory.resolve("connect"));
    Path build = FlinkDirectory.target().resolve("../connect/target").normalize();
    int port = FreePorts.next();
    Properties worker = read(SETTINGS);
    replace(worker, "bootstrap.servers", bootstrapServers);
    replace(worker, "offset.storage.file.filename", home.resolve("offsets").toString());
    replace(worker, "listeners", "http://127.0.0.1:" + port);
    replace(worker, "plugin.path", build.resolve("plugins").toString());
    GuardedMain.copyTo(home.resolve("main"));
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED", // of compression
                "-Dorg.apache.logging.log4j.level=INFO",
                GuardedMain.class.getName(),
                "org.apache.kafka.connect.cli.ConnectStandalone",
                write(worker, home.resolve("worker.properties")).toString(),
                write(connector, home.resolve("connector.properties")).toString())
            .redirectErrorStream(true)
            .redirectOutput(home.resolve("connect.log").toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    environment.put("POSTGRES_PASSWORD", Pgvector.PASSWORD);
    environment.put("CLASSPATH", home.resolve("main") + File.pathSeparator + classPath(build));
    return new KafkaConnect(connector.getProperty("name"), port, builder.start());
  }

  private static String classPath(Path build) throws IOException {
    Path list = build.resolve("classpath.txt");
    if (!Files.exists(list)) {
      throw new IOException(
          "%s is missing. Create it with: mvn verify -pl e2e-tests -am".formatted(list));
    }
    return Files.readString(list).strip();
  }

  static Properties read(Path file) throws IOException {
    var properties = new Properties();
    try (var reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    return properties;
  }

  /** Sets what a file has for somebody else's machine. */
  static void replace(Properties properties, String key, String value) {
    if (properties.setProperty(key, value) == null) {
      throw new IllegalArgumentException("There is no " + key + " to replace.");
    }
  }

  private static Path write(Properties properties, Path file) throws IOException {
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    return file;
  }

  /**
   * Does nothing as long as the connector runs, or starts.
   *
   * @throws AssertionError if it has failed, with the reason
   */
  void assertRuns() throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError("Kafka Connect has ended with exit code " + process.exitValue());
    }
    JsonNode answer;
    URI status = URI.create("http://127.0.0.1:%d/connectors/%s/status".formatted(port, name));
    try (InputStream body = status.toURL().openStream()) {
      answer = new ObjectMapper().readTree(body);
    } catch (IOException e) {
      return; // it does not listen yet, or does not know the connector yet
    }
    for (JsonNode task : answer.path("tasks")) {
      if (task.path("state").asText().equals("FAILED")) {
        throw new AssertionError("The sink has failed: " + task.path("trace").asText());
      }
    }
  }

  /** Whether the health check of docker-compose.yml finds that it runs. */
  boolean isHealthy() throws IOException, InterruptedException {
    return new ProcessBuilder("bash", HEALTH_CHECK.toString(), name, Integer.toString(port))
            .inheritIO()
            .start()
            .waitFor()
        == 0;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
