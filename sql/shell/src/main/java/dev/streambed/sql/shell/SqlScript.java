package dev.streambed.sql.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.sql.parser.impl.TokenMgrError;
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
 * say whether all of them succeeded, nor which one failed. Confined to one thread.
 */
final class SqlScript {
  private static final String DELIMITER = ";";
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /** Space, or a comment. */
  private static final Pattern NOTHING = Pattern.compile("\\s+|--[^\n]*|(?s)/\\*.*?\\*/");

  private static final Pattern WORDS = Pattern.compile("\\s*(?:[^\\s';]+\\s*){1,6}");

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
    StringBuilder statement = new StringBuilder();
    int number = 1;
    int line = 1;
    try (Terminal terminal = TerminalUtils.createDumbTerminal(out)) {
      for (String piece : pieces(script)) {
        statement.append(piece);
        Printer printer = printer(parser, statement.toString(), line);
        if (printer != null) {
          printer.print(terminal);
          terminal.flush();
          if (printer.isQuitCommand()) {
            return true;
          }
          number++;
        }
        if (printer != null || isEmpty(statement.toString())) {
          line += lines(statement.toString());
          statement.setLength(0);
        }
      }
      if (statement.isEmpty()) {
        return true;
      }
      err.println(place(statement.toString(), number, line) + " has no end.");
      return false;
    } catch (SqlExecutionException | TokenMgrError e) {
      err.println(place(statement.toString(), number, line) + " failed.");
      err.println(
          CliStrings.messageError(
              CliStrings.MESSAGE_SQL_EXECUTION_ERROR, e, /* isVerbose= */ false));
      return false;
    }
  }

  /** Each ends with what ends a statement, unless it stands in a text or a comment. */
  private static List<String> pieces(String script) {
    String text = script.startsWith(BYTE_ORDER_MARK) ? script.substring(1) : script;
    return List.of((text + "\n" + DELIMITER).split("(?<=;)", -1));
  }

  private static boolean isEmpty(String statement) {
    return statement.startsWith(DELIMITER, start(statement));
  }

  /**
   * Runs the statement; null if this is only its beginning, or none.
   *
   * @param line where the statement begins, so that Flink's messages have the lines of the script
   */
  private static @Nullable Printer printer(SqlMultiLineParser parser, String statement, int line) {
    if (start(statement) == statement.length() || isEmpty(statement)) {
      return null;
    }
    String inItsLine = "\n".repeat(line - 1) + statement;
    try {
      var unused = parser.parse(inItsLine, inItsLine.length(), ParseContext.ACCEPT_LINE);
    } catch (EOFError e) {
      return null;
    } catch (SyntaxError e) {
      // The printer is not there, but the reason.
    }
    return parser.getPrinter();
  }

  /** Where the first word is; the length if there is none. */
  private static int start(String statement) {
    Matcher nothing = NOTHING.matcher(statement);
    int start = 0;
    while (nothing.region(start, statement.length()).lookingAt()) {
      start = nothing.end();
    }
    return start;
  }

  private static int lines(String text) {
    return (int) text.chars().filter(each -> each == '\n').count();
  }

  /** Names a statement, without texts in it. */
  private static String place(String statement, int number, int line) {
    int start = start(statement);
    Matcher words = WORDS.matcher(statement).region(start, statement.length());
    return "streambed: Statement %d, in line %d (%s)"
        .formatted(
            number,
            line + lines(statement.substring(0, start)),
            words.lookingAt() ? words.group().strip().replaceAll("\\s+", " ") + " ..." : "...");
  }
}
