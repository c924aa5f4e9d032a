package dev.streambed.sql.shell;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.client.cli.CliClient.ExecutionMode;
import org.apache.flink.table.client.gateway.Executor;
import org.apache.flink.table.client.gateway.SqlExecutionException;
import org.apache.flink.table.client.gateway.StatementResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SqlScriptTest {
  private final RecordingExecutor executor = new RecordingExecutor();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  /** Takes all statements but those with the word FAIL. */
  private static final class RecordingExecutor implements Executor {
    private final List<String> statements = new ArrayList<>();

    @Override
    public void configureSession(String statement) {
      if (statement.contains("FAIL")) {
        throw new SqlExecutionException("It failed.");
      }
      statements.add(statement);
    }

    @Override
    public ReadableConfig getSessionConfig() {
      return new Configuration();
    }

    @Override
    public Map<String, String> getSessionConfigMap() {
      return Map.of();
    }

    @Override
    public StatementResult executeStatement(String statement) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> completeStatement(String statement, int position) {
      return List.of();
    }

    @Override
    public String deployScript(@Nullable String script, @Nullable URI uri) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  private boolean run(String script) throws Exception {
    try (PrintStream err = new PrintStream(errors, /* autoFlush= */ true, UTF_8)) {
      return new SqlScript(executor, err)
          .run(script, ExecutionMode.INITIALIZATION, OutputStream.nullOutputStream());
    }
  }

  private void assertRuns(String script, String... statements) throws Exception {
    executor.statements.clear();
    assertThat(run(script)).as(script).isTrue();
    assertThat(executor.statements).extracting(String::strip).containsExactly(statements);
    assertThat(errors.toString(UTF_8)).isEmpty();
  }

  @Test
  void partsAScriptIntoStatements() throws Exception {
    assertRuns("");
    assertRuns(" \r\n -- nothing; at all");
    assertRuns("SELECT 1", "SELECT 1\n;");
    assertRuns("SELECT 1;SELECT 2;\r\n", "SELECT 1;", "SELECT 2;");
    assertRuns(";;SELECT 1;;\n;", "SELECT 1;");
    assertRuns("SELECT ';', `;`, 'it''s;' ;", "SELECT ';', `;`, 'it''s;' ;");
    assertRuns("SELECT /* ; */ 1; -- ;\n/* ; */", "SELECT /* ; */ 1;");
    assertRuns("SELECT 1; -- done; really", "SELECT 1;");
    assertRuns("\uFEFFSELECT 1;", "SELECT 1;");
    assertRuns("SELECT 1; QUIT; SELECT 2;", "SELECT 1;");
  }

  @Test
  void saysWhichStatementFailed() throws Exception {
    assertThat(
            run(
                "-- a; b\r\nSELECT 1;\r\n;\r\n/* ; */\r\n\r\nSELECT  FAIL,\r\n 'canary';\r\nSELECT 2"))
        .isFalse();

    assertThat(errors.toString(UTF_8))
        .startsWith(
            "streambed: Statement 2, in line 6 (SELECT FAIL, ...) failed."
                + System.lineSeparator()
                + "[ERROR] Could not execute SQL statement. Reason:\n")
        .contains("It failed.")
        .doesNotContain("canary");
    assertThat(executor.statements).hasSize(1);
  }

  @Test
  void namesAStatementByItsFirstWordsWithoutTexts() throws Exception {
    assertThat(run("INSERT INTO t VALUES ('canary', FAIL)")).isFalse();
    assertThat(run("SELECT a, b, c, d, e, f, g, FAIL")).isFalse();
    assertThat(run("SELECT'canary', FAIL")).isFalse();

    assertThat(errors.toString(UTF_8))
        .contains("Statement 1, in line 1 (INSERT INTO t VALUES ( ...) failed.")
        .contains("Statement 1, in line 1 (SELECT a, b, c, d, e, ...) failed.")
        .contains("Statement 1, in line 1 (SELECT ...) failed.")
        .doesNotContain("canary");
  }

  @Test
  void saysWhereAStatementBeginsThatHasNoEnd() throws Exception {
    assertThat(run("SELECT 1;\n\nSELECT 'open;\n")).isFalse();
    assertThat(run("SELECT 1;\n/* open")).isFalse();

    assertThat(errors.toString(UTF_8).lines())
        .containsExactly(
            "streambed: Statement 2, in line 3 (SELECT ...) has no end.",
            "streambed: Statement 2, in line 2 (/* open ...) has no end.");
  }

  @Test
  void saysWhatNoStatementHas() throws Exception {
    assertThat(run("SELECT 1;\n# comment;")).isFalse();

    assertThat(errors.toString(UTF_8))
        .startsWith("streambed: Statement 2, in line 2 (# comment ...) failed.")
        .contains("Lexical error");
  }

  @Test
  void keepsTheLinesOfTheScript() throws Exception {
    assertThat(run("SELECT 1;\n\nSELECT\n2; SELECT 3;")).isTrue();

    assertThat(executor.statements)
        .extracting(each -> each.lines().count())
        .containsExactly(1L, 4L, 4L);
  }
}
