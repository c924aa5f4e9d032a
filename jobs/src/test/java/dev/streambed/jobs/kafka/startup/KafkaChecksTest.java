package dev.streambed.jobs.kafka.startup;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.Options;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a broker: {@code StartupChecksIT} and {@code SecuredKafkaIT} in e2e-tests. */
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
        .hasMessage(
            "Cannot use Kafka at "
                + nobody
                + " within 300 ms: it does not answer. Check that it runs, its address, and streambed.source.kafka.security.protocol.");
  }

  @Test
  void saysWhichAddressIsNone() {
    EmbedTopicOptions options =
        EmbedTopicOptions.from(
            Options.with("streambed.source.bootstrap-servers", "nowhere.invalid:9092"));

    assertThatThrownBy(() -> KafkaChecks.check(options))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Cannot connect to Kafka at nowhere.invalid:9092: this machine knows no host of that name. Correct streambed.source.bootstrap-servers, or the name service.");
  }

  @Test
  void neverQuotesWhatKafkaCannotParse(@TempDir Path directory) throws IOException {
    Path secret =
        Files.writeString(directory.resolve("jaas"), "Module required password=a hunter2;");
    EmbedTopicOptions options =
        EmbedTopicOptions.from(
            Options.with(
                "streambed.source.kafka.security.protocol", "SASL_PLAINTEXT",
                "streambed.source.kafka.sasl.mechanism", "PLAIN",
                "streambed.source.kafka.sasl.jaas.config",
                    "${directory:" + directory + ":" + secret.getFileName() + "}"));

    assertThatThrownBy(() -> KafkaChecks.check(options))
        .isInstanceOf(InvalidPipelineException.class)
        .hasNoCause()
        .hasMessageStartingWith(
            "Kafka's client does not understand streambed.source.kafka.sasl.jaas.config.")
        .hasMessageNotContaining("hunter2");
  }

  private static int unusedPort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
