package dev.streambed.e2e.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.cli.demo.DemoText;
import dev.streambed.e2e.harness.ApicurioRegistry;
import dev.streambed.e2e.harness.CommandProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code streambed sql}, with the statements of README.md and docs/sql.md. */
class SqlCommandIT {
  private static final Path EXAMPLES = Path.of("../docs/examples/sql");
  private static final long LIMIT_SECONDS = 240;
  private static final int RECORDS = 40;
  private static final String UNBOUNDED =
      "SELECT id FROM speeches /*+ OPTIONS('scan.bounded.mode' = 'unbounded') */";

  @TempDir private Path folder;

  private CommandProcess start(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("sql", "--records", "" + RECORDS));
    all.addAll(List.of(arguments));
    return CommandProcess.start(folder, all.toArray(String[]::new));
  }

  @Test
  void answersAQuestionAndEndsAtTheStatementThatFailsAndLogsNoText() throws Exception {
    Path script = folder.resolve("ask.sql");
    String question =
        Files.readString(EXAMPLES.resolve("ask.sql"))
            .replace("LEFT(`text`, 70)", "LEFT(`text`, 1)");
    Files.writeString(
        script,
        question
            + "-- one; two\r\nSELECT 'canary', missing\r\n  FROM speeches;\r\nSELECT 'other' AS b");
    try (var sql = start("-f", script.toString(), "--verbose")) {
      assertThat(sql.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();

      assertThat(sql.process().exitValue()).as(sql.printed()).isOne();
      assertThat(sql.printed())
          .contains("3 rows in set")
          .containsPattern("\n\\| 0\\.\\d+ \\| +\\d{4}-[a-z-]+\\d+ \\| ")
          .containsPattern(
              "streambed: Statement \\d+, in line %d \\(SELECT \\.\\.\\.\\) failed"
                  .formatted(question.lines().count() + 2))
          .contains("[ERROR] Could not execute SQL statement.")
          .contains("Column 'missing' not found")
          .doesNotContain("| other", "canary");
      for (DemoText text : DemoText.spread(DemoText.readAll(), RECORDS)) {
        assertThat(sql.printed()).doesNotContain(text.text());
      }
      assertThat(sql.temporaryFiles()).isEmpty();
    }
  }

  @Test
  void writesAndReadsAvroOfASchemaRegistry() throws Exception {
    Path format = Path.of("target/avro-format/flink-sql-avro-confluent-registry.jar");
    try (ApicurioRegistry registry = ApicurioRegistry.start(folder)) {
      String statements =
          Files.readString(EXAMPLES.resolve("avro.sql"))
              .replace("http://localhost:8081", registry.url());
      // Apicurio refuses one of two that register a schema at the same time.
      String before =
          "ADD JAR '%s'; SET 'parallelism.default' = '1';".formatted(format.toAbsolutePath());
      try (var sql = start("-e", before + statements)) {
        assertThat(sql.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();

        assertThat(sql.process().exitValue()).as(sql.printed()).isZero();
        assertThat(sql.printed()).containsPattern("\\| +384 \\| +%d \\|".formatted(RECORDS));
      }
    }
  }

  /** By SIGTERM, whose shutdown is that of Ctrl-C; by SIGKILL; because its client was killed. */
  @Test
  void leavesNothingBehindHoweverItEnds() throws Exception {
    String[] rows = {"-e", "SET 'execution.runtime-mode' = 'streaming'; " + UNBOUNDED};
    try (var told = start(rows);
        var killed = start(rows);
        var clientKilled = start(rows)) {
      for (CommandProcess sql : List.of(told, killed, clientKilled)) {
        await("rows")
            .atMost(Duration.ofSeconds(LIMIT_SECONDS))
            .until(() -> sql.printed().contains("| +I |"));
      }
      List<ProcessHandle> children =
          Stream.of(told, killed, clientKilled)
              .flatMap(sql -> sql.process().descendants())
              .toList();
      assertThat(children).hasSize(6); // broker and client of each

      killed.process().destroyForcibly();
      told.process().destroy();
      clientKilled
          .process()
          .descendants()
          .filter(each -> each.info().commandLine().orElse("").contains("SqlShell"))
          .forEach(ProcessHandle::destroyForcibly);

      for (CommandProcess sql : List.of(told, killed, clientKilled)) {
        assertThat(sql.process().waitFor(30, SECONDS)).isTrue();
      }
      await("ends of the children")
          .atMost(Duration.ofSeconds(30))
          .until(() -> children.stream().noneMatch(ProcessHandle::isAlive));
      assertThat(told.temporaryFiles()).isEmpty();
      assertThat(told.printed()).doesNotContain("was killed");
      assertThat(clientKilled.process().exitValue()).isOne();
      assertThat(clientKilled.printed())
          .contains("streambed: Flink's SQL client was killed, or crashed (exit code 137).");
      assertThat(clientKilled.temporaryFiles()).isEmpty();
    }
  }

  @Test
  void saysWhichFileItCannotRead() throws Exception {
    try (var sql = start("-f", folder.resolve("no-such.sql").toString())) {
      assertThat(sql.process().waitFor(LIMIT_SECONDS, SECONDS)).isTrue();

      assertThat(sql.process().exitValue()).isOne();
      assertThat(sql.printed()).contains("streambed: Cannot read ").contains("no-such.sql");
    }
  }
}
