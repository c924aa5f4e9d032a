package dev.streambed.e2e.harness;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.records.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaBrokerIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Test
  void keepsItsDataOverARestartAndOverAKill() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start()) {
      broker.createTopic("texts", 3);

      Topics.send(broker, "texts", "k1", "before the restart");
      broker.stop();
      assertThat(broker.process().isAlive()).isFalse();
      broker.restart();
      Topics.send(broker, "texts", "k2", "before the kill");
      broker.kill();
      assertThat(broker.process().isAlive()).isFalse();
      broker.restart();

      assertThat(Topics.readAll(broker, "texts"))
          .extracting(record -> new String(record.value(), StandardCharsets.UTF_8))
          .containsExactlyInAnyOrder("before the restart", "before the kill");
    }
  }

  @Test
  void leavesNoProcessAndNoDirectoryWhenClosed() throws Exception {
    KafkaBroker broker = KafkaBroker.start();
    assertThat(broker.process().isAlive()).isTrue();
    assertThat(broker.directory()).isDirectory();

    broker.close();
    broker.close(); // idempotent

    assertThat(broker.process().isAlive()).isFalse();
    assertThat(broker.directory()).doesNotExist();
    assertThatThrownBy(broker::restart)
        .isInstanceOf(IOException.class)
        .hasMessage("Kafka broker %s is closed.", broker.bootstrapServers());
  }

  @Test
  void findsTheDataOfAnEarlierBrokerInItsDirectory(@TempDir Path directory) throws Exception {
    try (KafkaBroker broker = KafkaBroker.start(directory)) {
      broker.createTopic("texts", 1);
      Topics.send(broker, "texts", "k", "kept");
    }

    try (KafkaBroker later = KafkaBroker.start(directory)) {
      assertThat(Topics.readAll(later, "texts")).hasSize(1);
    }
    assertThat(directory).exists();
  }

  @Test
  void diesWithItsParentHoweverThatEnds(@TempDir Path directory) throws Exception {
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                BrokerParent.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader output = parent.inputReader(StandardCharsets.UTF_8)) {
      ProcessHandle broker = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      assertThat(broker.isAlive()).isTrue();

      parent.destroyForcibly();

      await("end of the broker").atMost(LIMIT).until(() -> !broker.isAlive());
    } finally {
      parent.destroyForcibly().waitFor(LIMIT.toSeconds(), SECONDS);
    }
  }

  @Test
  void showsTheEndOfItsLogWhenItCannotStart(@TempDir Path directory) throws Exception {
    Path data = Files.createDirectories(directory.resolve("data"));
    Files.writeString(data.resolve("meta.properties"), "version=1\n");

    assertThatThrownBy(() -> KafkaBroker.start(directory))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(
            "(?s)Kafka broker on 127\\.0\\.0\\.1:\\d+ ended while starting, with exit code 1\\."
                + " Its log ends with:.*meta\\.properties.*");
  }

  /** Starts a broker, prints its process id and waits to be killed. */
  static final class BrokerParent {
    private BrokerParent() {}

    public static void main(String[] args) throws Exception {
      try (KafkaBroker broker = KafkaBroker.start(Path.of(args[0]))) {
        System.out.println(broker.process().pid());
        Thread.currentThread().join();
      }
    }
  }
}
