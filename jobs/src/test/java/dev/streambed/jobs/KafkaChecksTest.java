package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a broker: {@code EmbedTopicIT} in e2e-tests. */
class KafkaChecksTest {

  @Test
  @Timeout(20)
  void givesUpAfterTheTimeoutIfNoBrokerIsThere() throws IOException {
    String nobody = "127.0.0.1:" + unusedPort();
    EmbedTopicOptions options =
        EmbedTopicOptions.from(
            Options.with(
                "streambed.source.bootstrap-servers",
                nobody,
                "streambed.startup.timeout",
                "300 ms"));

    assertThatThrownBy(() -> KafkaChecks.check(options))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Cannot use Kafka at " + nobody + " within 300 ms: ")
        .hasMessageEndingWith("Check that it runs, its address, and the credentials.");
  }

  @Test
  void saysWhichAddressIsNone() {
    EmbedTopicOptions options =
        EmbedTopicOptions.from(Options.with("streambed.source.bootstrap-servers", "nowhere"));

    assertThatThrownBy(() -> KafkaChecks.check(options))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Cannot use Kafka at nowhere: ")
        .hasMessageContaining("Invalid url in bootstrap.servers: nowhere");
  }

  @Test
  void leavesSecretsToKafkasConfigProviders(@TempDir Path directory) throws IOException {
    Path secrets = directory.resolve("kafka.properties");
    Files.writeString(secrets, "jaas=resolved\n");
    SourceOptions source =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.source.kafka.config.providers", "file",
                    "streambed.source.kafka.config.providers.file.class",
                        "org.apache.kafka.common.config.provider.FileConfigProvider",
                    "streambed.source.kafka.sasl.jaas.config", "${file:" + secrets + ":jaas}"))
            .source();

    var config = new AdminClientConfig(withServers(source));

    assertThat(config.originals()).containsEntry("sasl.jaas.config", "resolved");
    assertThat(source.consumerProperties().getProperty("sasl.jaas.config")).startsWith("${file:");
  }

  private static Properties withServers(SourceOptions source) {
    var properties = source.consumerProperties();
    properties.setProperty("bootstrap.servers", source.bootstrapServers());
    return properties;
  }

  private static int unusedPort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
