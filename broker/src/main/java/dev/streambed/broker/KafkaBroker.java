package dev.streambed.broker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka broker (KRaft, one node) in a JVM of its own, for the demo and for tests; not for data
 * that matters. It keeps its ports and its directory over {@link #stop}, {@link #kill} and {@link
 * #restart}, and never outlives this process. Safe for use by several threads.
 */
@API(status = API.Status.INTERNAL)
public final class KafkaBroker implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final Duration REQUEST_LIMIT = Duration.ofSeconds(30);
  private static final int POLL_MILLIS = 50;

  private final BrokerDirectory directory;
  private final @Nullable TemporaryDirectory temporary;
  private final Thread closeAtExit = new Thread(this::close, "close-kafka-broker");

  @GuardedBy("this")
  private @Nullable Process process;

  @GuardedBy("this")
  private boolean closed;

  private KafkaBroker(
      Path path, @Nullable TemporaryDirectory temporary, Consumer<Properties> moreSettings)
      throws IOException {
    this.directory =
        new BrokerDirectory(
            path,
            InetAddress.getLoopbackAddress().getHostAddress(),
            FreePorts.next(),
            FreePorts.next(),
            moreSettings);
    this.temporary = temporary;
  }

  /** Starts an empty broker in a temporary directory, which {@link #close} deletes. */
  public static KafkaBroker start() throws IOException, InterruptedException {
    return start(settings -> {});
  }

  /** Starts such a broker with settings of its own, given the usual ones to change. */
  public static KafkaBroker start(Consumer<Properties> settings)
      throws IOException, InterruptedException {
    var temporary = new TemporaryDirectory("streambed-broker-");
    return open(new KafkaBroker(temporary.path(), temporary, settings));
  }

  /** Starts a broker whose data is kept in the given directory, made if it does not exist. */
  public static KafkaBroker start(Path directory) throws IOException, InterruptedException {
    return open(new KafkaBroker(directory.toAbsolutePath(), null, settings -> {}));
  }

  private static KafkaBroker open(KafkaBroker broker) throws IOException, InterruptedException {
    // From here on this process leaves nothing behind, whenever it ends.
    Runtime.getRuntime().addShutdownHook(broker.closeAtExit);
    try {
      broker.prepareDirectory();
      broker.restart();
      return broker;
    } catch (IOException | InterruptedException | RuntimeException e) {
      try {
        broker.close();
      } catch (RuntimeException failedClose) {
        e.addSuppressed(failedClose);
      }
      throw e;
    }
  }

  /** The address for clients, as host:port. */
  public String bootstrapServers() {
    return directory.host() + ":" + directory.port();
  }

  /** Holds the data and the log of the broker. */
  public Path directory() {
    return directory.path();
  }

  /** The broker's process; one that has ended after {@link #stop} or {@link #kill}. */
  public synchronized ProcessHandle process() {
    if (process == null) {
      throw new IllegalStateException("Kafka broker " + bootstrapServers() + " was never started.");
    }
    return process.toHandle();
  }

  public void createTopic(String name, int partitions) throws IOException, InterruptedException {
    try (Admin admin = admin()) {
      admin
          .createTopics(List.of(new NewTopic(name, partitions, (short) 1)))
          .all()
          .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "Cannot create topic %s with %d partitions on %s."
              .formatted(name, partitions, bootstrapServers()),
          e);
    }
  }

  /** Ends the broker in good order; nothing happens if it does not run. */
  public synchronized void stop() throws InterruptedException {
    if (process == null) {
      return;
    }
    // Not process.destroy(): that also closes the pipe, and BrokerMain would halt at once.
    process.toHandle().destroy();
    if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      kill();
    }
  }

  /** Ends the broker like a power cut; nothing happens if it does not run. */
  public synchronized void kill() throws InterruptedException {
    if (process != null) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Starts the stopped or killed broker on its ports and data; returns when it serves requests. */
  public void restart() throws IOException, InterruptedException {
    Process launched = launch();
    long limitNanos = System.nanoTime() + START_LIMIT.toNanos();
    while (!launched.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
      if (isListening() && isServing()) {
        return;
      }
      if (System.nanoTime() - limitNanos > 0) {
        throw new IOException(
            "Kafka broker on %s is not ready after %d s. Its log ends with:%n%s"
                .formatted(bootstrapServers(), START_LIMIT.toSeconds(), directory.logTail()));
      }
    }
    throw new IOException(
        "Kafka broker on %s ended while starting, with exit code %d. Its log ends with:%n%s"
            .formatted(bootstrapServers(), launched.exitValue(), directory.logTail()));
  }

  /** Ends the broker; deletes its directory if that is a temporary one. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeAtExit);
    } catch (IllegalStateException e) {
      // The process is ending: this may be the hook itself.
    }
    synchronized (this) {
      closed = true;
      try {
        if (temporary == null) {
          stop();
        } else {
          kill();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        if (process != null) {
          process.destroyForcibly();
        }
      } finally {
        if (temporary != null) {
          temporary.close();
        }
      }
    }
  }

  private synchronized void prepareDirectory() throws IOException {
    checkNotClosed();
    if (temporary != null) {
      temporary.create();
    }
    directory.prepare();
  }

  private synchronized Process launch() throws IOException {
    checkNotClosed();
    if (process != null && process.isAlive()) {
      throw new IllegalStateException("Kafka broker " + bootstrapServers() + " already runs.");
    }
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx384m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData",
            "--enable-native-access=ALL-UNNAMED", // of compression
            "-Djava.io.tmpdir=" + directory.temporaryFiles(),
            "-Dorg.apache.logging.log4j.level=WARN",
            BrokerMain.class.getName(),
            directory.settingsFile().toString());
    builder.directory(directory.path().toFile());
    builder.environment().put("CLASSPATH", directory.classPath());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(directory.logFile().toFile()));
    process = builder.start();
    return process;
  }

  private synchronized void checkNotClosed() throws IOException {
    if (closed) {
      throw new IOException("Kafka broker " + bootstrapServers() + " is closed.");
    }
  }

  private boolean isListening() {
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), directory.port()), POLL_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isServing() throws InterruptedException {
    try (Admin admin = admin()) {
      return !admin
          .describeCluster()
          .nodes()
          .get(REQUEST_LIMIT.toSeconds(), TimeUnit.SECONDS)
          .isEmpty();
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  private Admin admin() {
    return Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers()));
  }
}
