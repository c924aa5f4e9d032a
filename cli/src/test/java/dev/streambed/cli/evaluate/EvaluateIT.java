package dev.streambed.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** With the default model, on the examples of docs/evaluation.md. */
class EvaluateIT {
  private static final Path EXAMPLES = Path.of("../docs/examples/evaluation");
  private static final String TINY = "../embedder/src/test/resources/tiny-model";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final StringWriter usage = new StringWriter();
  private PrintStream originalOut;
  private PrintStream originalErr;

  @TempDir private Path folder;

  @BeforeEach
  void capture() {
    originalOut = System.out;
    originalErr = System.err;
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setOut(originalOut);
    System.setErr(originalErr);
  }

  @Test
  void printsWhatTheGuideShows() throws IOException {
    assertThat(evaluate("retrieval", EXAMPLES.resolve("retrieval").toString())).isZero();

    assertThat(printed()).isEqualTo(Files.readString(EXAMPLES.resolve("retrieval.txt")));
  }

  @Test
  void theNearestPairsAreThoseThatPeopleFindAlike() throws IOException {
    assertThat(evaluate("sts", "--json", EXAMPLES.resolve("sts.jsonl").toString())).isZero();

    JsonNode report = new ObjectMapper().readTree(printed());
    JsonNode result = report.path("results").path(0);
    assertThat(report.path("pairs").asInt()).isEqualTo(5);
    assertThat(result.path("space").asText()).startsWith("streambed://text-embedding@1/all-MiniLM");
    assertThat(result.path("spearman").asDouble()).isGreaterThan(0.8);
    assertThat(result.path("pearson").asDouble()).isBetween(0.8, 1.0);
  }

  @Test
  void comparesTwoModelsAndFindsItselfEqual() throws IOException {
    assertThat(
            evaluate(
                "retrieval",
                "--json",
                "--model",
                TINY,
                "--compare",
                TINY,
                EXAMPLES.resolve("retrieval").toString()))
        .isZero();

    JsonNode difference = new ObjectMapper().readTree(printed()).path("difference");
    for (String field : new String[] {"value", "low", "high"}) {
      assertThat(difference.path(field).asDouble()).as(field).isZero();
    }
  }

  @ParameterizedTest
  @CsvSource({"sts, sts.jsonl, spearman", "retrieval, retrieval, ndcg@10"})
  void countsTheDifferenceOfTheSecondToTheFirst(String task, String labelled, String figure)
      throws IOException {
    String texts = EXAMPLES.resolve(labelled).toString();

    assertThat(evaluate(task, "--json", "--compare", TINY, "--encoding", "binary", texts)).isZero();

    JsonNode report = new ObjectMapper().readTree(printed());
    double first = report.path("results").path(0).path(figure).asDouble();
    double second = report.path("results").path(1).path(figure).asDouble();
    JsonNode difference = report.path("difference");
    assertThat(report.path("encoding").asText()).isEqualTo("binary");
    assertThat(second).isNotEqualTo(first); // or a difference of the wrong sign would be right
    assertThat(difference.path("figure").asText()).isEqualTo(figure);
    assertThat(difference.path("value").asDouble()).isCloseTo(second - first, within(1e-12));
    assertThat(difference.path("value").asDouble())
        .isBetween(difference.path("low").asDouble(), difference.path("high").asDouble());
  }

  @Test
  void leavesOutAPairThatHasNoVectors() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            Files.readString(EXAMPLES.resolve("sts.jsonl"))
                + "{\"sentence1\": \"  \", \"sentence2\": \"a dog\", \"score\": 5}\n");

    assertThat(evaluate("sts", "--json", "--model", TINY, file.toString())).isZero();

    assertThat(new ObjectMapper().readTree(printed()).path("pairs").asInt()).isEqualTo(5);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("left out 1 pairs");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sts|--dimensions|0|must be at least 1",
        "sts|--dimensions|100000|dimensions",
        "sts|--encoding|base64|'base64' is none of float32, int8, binary",
        "sts|--prompt|no-such|has no prompt 'no-such'",
        "retrieval|--query-prompt|no-such|has no prompt 'no-such'",
      })
  void refusesWrongUsage(String task, String option, String value, String message) {
    String labelled = task.equals("sts") ? "sts.jsonl" : "retrieval";

    assertThat(
            evaluate(task, "--model", TINY, option, value, EXAMPLES.resolve(labelled).toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(usage.toString()).contains(message);
    assertThat(printed()).isEmpty();
  }

  private int evaluate(String... arguments) {
    return new CommandLine(new EvaluateCommand())
        .setErr(new PrintWriter(usage, true))
        .execute(arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
