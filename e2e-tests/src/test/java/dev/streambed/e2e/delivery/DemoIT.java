package dev.streambed.e2e.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.harness.CommandProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemoIT {
  private static final long LIMIT_SECONDS = 240;

  @TempDir private Path folder;

  @Test
  void showsThatEachRecordArrivedOnceAndFindsSomethingWhateverItsFolderIsCalled() throws Exception {
    Path odd = Files.createDirectories(folder.resolve("jöb 50% a#b"));
    try (var demo = CommandProcess.start(odd, "demo", "--records", "40", "--no-wait")) {
      assertThat(demo.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();

      assertThat(demo.printed())
          .contains("Flink: http://127.0.0.1:")
          .contains("all 42 records arrived exactly once: 40 embedded, 2 dead letters")
          .containsPattern("Dead letter texts-\\d@\\d+, reason INVALID_JSON: ")
          .containsPattern("Dead letter texts-\\d@\\d+, reason BLANK: ")
          .containsPattern("(?m)^  0\\.\\d{3}  (17|18|19|20)\\d\\d [A-Z].*: ");
      assertThat(withoutNumbers(demo.printed())).contains(linesOfTheReadme());
      assertThat(demo.process().exitValue()).isZero();
      assertThat(demo.temporaryFiles()).isEmpty();
      assertThat(folder).isDirectoryNotContaining(path -> !path.equals(odd));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Starting a Kafka broker", "Kafka: ", "Flink: ", "delivered "})
  void leavesNothingBehindWhenItIsToldToEnd(String moment) throws Exception {
    try (var demo = CommandProcess.start(folder, "demo", "--no-wait")) {
      await("moment")
          .atMost(Duration.ofSeconds(LIMIT_SECONDS))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> demo.printed().contains(moment));
      List<ProcessHandle> children = demo.process().descendants().toList();

      demo.process().destroy(); // SIGTERM, whose shutdown is that of Ctrl-C

      assertThat(demo.process().waitFor(30, SECONDS)).isTrue();
      assertThat(children).noneMatch(ProcessHandle::isAlive);
      assertThat(demo.temporaryFiles()).isEmpty();
      assertThat(demo.printed()).doesNotContain("Exception");
    }
  }

  @Test
  void refusesANumberOfRecordsThatItDoesNotHave() throws Exception {
    try (var demo = CommandProcess.start(folder, "demo", "--records", "0")) {
      assertThat(demo.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();

      assertThat(demo.printed())
          .contains("Invalid value 0 for --records: must be between 1 and 2796.");
      assertThat(demo.process().exitValue()).isEqualTo(2);
    }
  }

  /** The output that the README shows, but for what a search finds: here, it has fewer texts. */
  private static List<String> linesOfTheReadme() throws Exception {
    String readme = Files.readString(Path.of("../README.md"));
    int start = readme.indexOf("    Starting a Kafka broker");
    return readme
        .substring(start, readme.indexOf("\n\n", start))
        .lines()
        .map(String::strip)
        .filter(line -> !line.startsWith("0."))
        .map(DemoIT::withoutNumbers)
        .toList();
  }

  private static String withoutNumbers(String text) {
    return text.replaceAll("\\d[\\d.,]*", "N");
  }
}
