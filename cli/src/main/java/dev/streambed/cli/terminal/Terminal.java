package dev.streambed.cli.terminal;

import java.io.Console;
import org.apache.flink.annotation.Internal;

/** Whether a person sits in front of this process. */
@Internal
public final class Terminal {
  private Terminal() {}

  /** True if both standard input and standard output are a terminal. */
  @SuppressWarnings("SystemConsoleNull") // before JDK 22; later JDKs: see below
  public static boolean isPresent() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true; // before JDK 22 there is a console on terminals only
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
