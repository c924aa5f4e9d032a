package dev.streambed.broker;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;

/**
 * The files of one broker: its settings, its data, its log and the main class of its JVM.
 *
 * @param path absolute
 * @param host where the broker listens
 * @param port for clients
 * @param controllerPort for the broker's own controller
 * @param moreSettings changes the usual settings
 */
record BrokerDirectory(
    Path path, String host, int port, int controllerPort, Consumer<Properties> moreSettings) {
  private static final int LOG_TAIL_LINES = 25;

  /**
   * Relative to the broker's working directory: Kafka takes a list of folders, and a comma in a
   * path would end one.
   */
  private static final String DATA = "data";

  /** Writes what the broker needs to start; data that is there is kept. */
  void prepare() throws IOException {
    Path data = Files.createDirectories(path.resolve(DATA));
    Files.createDirectories(temporaryFiles());
    writeMainClass();
    writeSettings();
    Path meta = data.resolve("meta.properties");
    if (!Files.exists(meta)) {
      // Does the work of StorageTool format; feature levels default to the latest ones.
      Files.writeString(
          meta,
          "version=1\ncluster.id=%s\nnode.id=1\ndirectory.id=%s\n"
              .formatted(Uuid.randomUuid(), Uuid.randomUuid()));
    }
  }

  Path settingsFile() {
    return path.resolve("server.properties");
  }

  Path temporaryFiles() {
    return path.resolve("tmp");
  }

  Path logFile() {
    return path.resolve("broker.log");
  }

  /**
   * {@link BrokerMain} alone, then the broker's jars as listed by the build of broker/classpath;
   * for a process that runs in the directory.
   */
  String classPath() throws IOException {
    Path ours;
    try {
      ours =
          Path.of(
              BrokerDirectory.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("Cannot find where the classes of streambed-broker are.", e);
    }
    // Beside broker/target/classes or broker/target/streambed-broker.jar.
    Path list = ours.resolve("../../classpath/target/classpath.txt").normalize();
    if (!Files.isRegularFile(list)) {
      throw new IOException(
          "The list of the broker's jars %s is missing. Create it with: mvn generate-resources -pl broker/classpath"
              .formatted(list));
    }
    return path.relativize(mainClassDirectory())
        + File.pathSeparator
        + Files.readString(list).strip();
  }

  /** The last lines of the log, to be shown when the broker fails. */
  String logTail() throws IOException {
    if (!Files.exists(logFile())) {
      return "(no log)";
    }
    // Any bytes: what the JVM prints follows its locale.
    String log = new String(Files.readAllBytes(logFile()), StandardCharsets.ISO_8859_1);
    List<String> lines = log.lines().toList();
    return String.join(
        System.lineSeparator(),
        lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
  }

  private Path mainClassDirectory() {
    return path.resolve("main");
  }

  private void writeMainClass() throws IOException {
    String file = BrokerMain.class.getName().replace('.', '/') + ".class";
    Path target = mainClassDirectory().resolve(file);
    Files.createDirectories(target.resolveSibling("."));
    try (InputStream bytes = BrokerMain.class.getResourceAsStream("/" + file)) {
      if (bytes == null) {
        throw new IOException("Class file " + file + " is missing in the class path.");
      }
      Files.write(target, bytes.readAllBytes());
    }
  }

  private void writeSettings() throws IOException {
    var settings = new Properties();
    settings.load(new StringReader(settings()));
    moreSettings.accept(settings);
    // As bytes, which escapes what is not Latin-1: Kafka reads the file so.
    try (OutputStream out = Files.newOutputStream(settingsFile())) {
      settings.store(out, /* comments= */ null);
    }
  }

  private String settings() {
    return """
    process.roles=broker,controller
    node.id=1
    controller.quorum.voters=1@%1$s:%3$d
    listeners=PLAINTEXT://%1$s:%2$d,CONTROLLER://%1$s:%3$d
    advertised.listeners=PLAINTEXT://%1$s:%2$d
    controller.listener.names=CONTROLLER
    inter.broker.listener.name=PLAINTEXT
    listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
    log.dirs=%4$s
    log.retention.ms=-1
    auto.create.topics.enable=false
    offsets.topic.num.partitions=1
    offsets.topic.replication.factor=1
    transaction.state.log.num.partitions=1
    transaction.state.log.replication.factor=1
    transaction.state.log.min.isr=1
    transaction.max.timeout.ms=3600000
    group.initial.rebalance.delay.ms=0
    num.network.threads=2
    num.io.threads=2
    log.cleaner.dedupe.buffer.size=2097152
    """
        .formatted(host, port, controllerPort, DATA);
  }
}
