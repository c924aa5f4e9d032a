package dev.streambed.e2e.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.harness.CommandProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
      assertThatThePageAnswers(demo);
      assertThat(demo.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();

      assertThat(demo.printed())
          .contains("Flink: http://127.0.0.1:")
          .contains("all 42 records arrived exactly once: 40 embedded, 2 dead letters")
          .containsPattern("Dead letter texts-\\d@\\d+, reason INVALID_JSON: ")
          .containsPattern("Dead letter texts-\\d@\\d+, reason BLANK: ")
          .containsPattern("(?m)^  0\\.\\d{3}  (17|18|19|20)\\d\\d [A-Z].*: ");
      assertThat(withoutNumbers(demo.printed()))
          .contains(shown("README.md", "    Starting a Kafka broker"));
      assertThat(demo.process().exitValue()).isZero();
      assertThat(demo.temporaryFiles()).isEmpty();
      assertThat(folder).isDirectoryNotContaining(path -> !path.equals(odd));
    }
  }

  @Test
  void showsThatWhatDidNotChangeCostsNothingAndWhatIsGoneIsDeleted() throws Exception {
    try (var demo = CommandProcess.start(folder, "demo", "--updates", "--records", "40")) {
      assertThatThePageAnswers(demo);
      assertThat(demo.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();

      assertThat(demo.printed())
          .containsPattern(
              "all new: +40 records: 40 documents inferred, 0 skipped; [1-9]\\d+ chunks with [\\d,]+ tokens embedded, 0 deleted")
          .containsPattern(
              "the same again: +40 records: 0 documents inferred, 40 skipped; 0 chunks with 0 tokens embedded, 0 deleted")
          .containsPattern(
              "4 edited, 2 deleted: +6 records: 4 documents inferred, 0 skipped; [1-9]\\d* chunks with [\\d,]+ tokens embedded, [1-9]\\d* deleted")
          .contains(
              "chunks of 38 documents are expected, 0 are missing or have another text, 0 should not be there.")
          .contains("each alone: 0 vectors differ in a bit.")
          .contains("Done: the topic is as it should be.");
      assertThat(withoutNumbers(demo.printed()))
          .contains(shown("docs/documents.md", "    all new: "));
      assertThat(demo.process().exitValue()).isZero();
      assertThat(demo.temporaryFiles()).isEmpty();
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

  private static void assertThatThePageAnswers(CommandProcess demo) throws Exception {
    Pattern address = Pattern.compile("(?m)^Page: (http://127\\.0\\.0\\.1:\\d+/page/)$");
    await("the page's address")
        .atMost(Duration.ofSeconds(LIMIT_SECONDS))
        .until(() -> address.matcher(demo.printed()).find());
    Matcher found = address.matcher(demo.printed());
    assertThat(found.find()).isTrue();
    HttpResponse<String> topic =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(found.group(1) + "api/topic")).build(),
                BodyHandlers.ofString());
    assertThat(topic.body())
        .contains("\"topic\":\"embeddings\"", "\"deadLetterTopic\":\"dead-letters\"");
  }

  /** The output that a guide shows, but for what a search finds: here, it has fewer texts. */
  private static List<String> shown(String guide, String firstLine) throws Exception {
    String text = Files.readString(Path.of("..", guide));
    int start = text.indexOf(firstLine);
    return text.substring(start, text.indexOf("\n\n", start))
        .lines()
        .map(String::strip)
        .filter(line -> !line.startsWith("0."))
        .map(DemoIT::withoutNumbers)
        .toList();
  }

  private static String withoutNumbers(String text) {
    return text.replaceAll("\\d[\\d.,]*", "N").replaceAll(" +", " ");
  }
}
