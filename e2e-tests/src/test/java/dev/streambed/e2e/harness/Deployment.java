package dev.streambed.e2e.harness;

import dev.streambed.broker.FreePorts;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.records.OutputCheck;
import dev.streambed.embedder.model.ModelDirectory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * All that a user deploys, each part in processes of its own: a broker, a Flink cluster that
 * reaches it over a network that can be cut, and the default model.
 */
public record Deployment(
    Path directory,
    KafkaBroker broker,
    NetworkCut network,
    FlinkCluster cluster,
    ModelDirectory model,
    OutputCheck outputs)
    implements AutoCloseable {
  private static final String LOOPBACK = InetAddress.getLoopbackAddress().getHostAddress();

  /**
   * Starts everything.
   *
   * @param slots of each TaskManager
   * @param flinkOptions lines of Flink's configuration, each an option and its value
   */
  public static Deployment start(
      Path directory, int taskManagers, int slots, String... flinkOptions) throws Exception {
    ModelDirectory model = DefaultModel.open();
    var outputs = new OutputCheck(model);
    int listener = FreePorts.next();
    var network = new NetworkCut(listener);
    KafkaBroker broker =
        KafkaBroker.start(
            settings -> {
              addListener(settings, listener, network.port());
              // So that records which a test deletes stay deleted when the broker is killed.
              settings.setProperty("log.flush.start.offset.checkpoint.interval.ms", "1000");
            });
    try {
      var cluster =
          FlinkCluster.start(
              Files.createDirectories(directory.resolve("flink")),
              taskManagers,
              slots,
              flinkOptions);
      return new Deployment(directory, broker, network, cluster, model, outputs);
    } catch (Exception e) {
      broker.close();
      network.close();
      throw e;
    }
  }

  /** The broker's address for the cluster. Tests themselves connect to it directly. */
  String bootstrapServers() {
    return LOOPBACK + ":" + network.port();
  }

  /** A listener at one port, whose clients are told to use another: the network in front of it. */
  private static void addListener(Properties settings, int port, int advertisedPort) {
    append(settings, "listeners", "NETWORK://%s:%d".formatted(LOOPBACK, port));
    append(settings, "advertised.listeners", "NETWORK://%s:%d".formatted(LOOPBACK, advertisedPort));
    append(settings, "listener.security.protocol.map", "NETWORK:PLAINTEXT");
  }

  private static void append(Properties settings, String key, String value) {
    settings.setProperty(key, settings.getProperty(key) + "," + value);
  }

  @Override
  public void close() {
    try (broker;
        network;
        cluster) {
      // the cluster first, which uses the others
    }
  }
}
