package dev.streambed.cli.terminal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Captures the output of commands in this JVM while it is open. Tests of one JVM run one after the
 * other.
 */
public final class CapturedOutput implements AutoCloseable {
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errBytes = new ByteArrayOutputStream();

  public CapturedOutput() {
    System.setOut(new PrintStream(outBytes, /* autoFlush= */ true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errBytes, /* autoFlush= */ true, StandardCharsets.UTF_8));
  }

  public String out() {
    return outBytes.toString(StandardCharsets.UTF_8);
  }

  public String err() {
    return errBytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    System.setOut(out);
    System.setErr(err);
  }
}
