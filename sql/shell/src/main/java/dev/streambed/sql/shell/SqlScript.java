package dev.streambed.sql.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.regex.Pattern;
import org.apache.flink.table.client.cli.CliClient.ExecutionMode;
import org.apache.flink.table.client.cli.CliStrings;
import org.apache.flink.table.client.cli.Printer;
import org.apache.flink.table.client.cli.TerminalUtils;
import org.apache.flink.table.client.cli.parser.SqlCommandParserImpl;
import org.apache.flink.table.client.cli.parser.SqlMultiLineParser;
import org.apache.flink.table.client.gateway.Executor;
import org.apache.flink.table.client.gateway.SqlExecutionException;
import org.jline.reader.EOFError;
import org.jline.reader.Parser.ParseContext;
import org.jline.reader.SyntaxError;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * Runs a script statement by statement, until one fails. Flink's client does the same, but does not
 * say whether all of them succeeded. Confined to one thread.
 */
final class SqlScript {
  private static final String DELIMITER = ";";
  private static final Pattern COMMENT = Pattern.compile("--[^\n]*|(?s)/\\*.*?\\*/");

  private final Executor executor;
  private final PrintStream err;

  SqlScript(Executor executor, PrintStream err) {
    this.executor = executor;
    this.err = err;
  }

  /**
   * Runs all statements; says on standard error which one failed, and why.
   *
   * @param out takes what Flink's client prints
   * @return whether all of them succeeded
   */
  boolean run(String script, ExecutionMode mode, OutputStream out) throws IOException {
    var parser = new SqlMultiLineParser(new SqlCommandParserImpl(), executor, mode);
    try (Terminal terminal = TerminalUtils.createDumbTerminal(out)) {
      StringBuilder statement = new StringBuilder();
      for (String piece : script.split("(?<=;)", -1)) {
        statement.append(piece);
        if (piece.endsWith(DELIMITER)) {
          Printer printer = printer(parser, statement.toString());
          if (printer != null) {
            printer.print(terminal);
            terminal.flush();
            if (printer.isQuitCommand()) {
              return true;
            }
            statement.setLength(0);
          }
        }
      }
      if (!COMMENT.matcher(statement).replaceAll("").isBlank()) {
        Printer last = printer(parser, statement + "\n" + DELIMITER);
        if (last == null) {
          err.println("streambed: the script ends inside of a statement.");
          return false;
        }
        last.print(terminal);
        terminal.flush();
      }
      return true;
    } catch (SqlExecutionException e) {
      err.println(
          CliStrings.messageError(
              CliStrings.MESSAGE_SQL_EXECUTION_ERROR, e, /* isVerbose= */ false));
      return false;
    }
  }

  /** Runs the statement; null if this is only its beginning. */
  private static @Nullable Printer printer(SqlMultiLineParser parser, String statement) {
    try {
      var unused = parser.parse(statement, statement.length(), ParseContext.ACCEPT_LINE);
    } catch (EOFError e) {
      return null;
    } catch (SyntaxError e) {
      // The printer is not there, but the reason.
    }
    return parser.getPrinter();
  }
}
