package dev.streambed.sql.shell;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Parts what Flink's client prints into results and messages, line by line and without colours.
 * Confined to one thread.
 */
final class ResultOutput extends OutputStream {
  private static final Pattern COLOUR = Pattern.compile("\u001b\\[[\\d;]*m");

  /** Beginnings of lines that are no results. */
  private static final List<String> MESSAGES =
      List.of("[INFO] ", "[WARNING] ", "[ERROR] ", "Job ID: ", "Received a total of ");

  private final PrintStream out;
  private final PrintStream err;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  /** Results go to the first, messages to the second. */
  ResultOutput(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public void write(int b) {
    if (b == '\n') {
      endLine();
    } else {
      line.write(b);
    }
  }

  private void endLine() {
    String text = COLOUR.matcher(line.toString(Charset.defaultCharset())).replaceAll("");
    line.reset();
    (MESSAGES.stream().anyMatch(text::startsWith) ? err : out).println(text);
  }

  @Override
  public void flush() {
    out.flush();
    err.flush();
  }
}
