package dev.streambed.cli.run;

import java.io.PrintStream;

/**
 * Says what becomes of work in progress if this process is told to end meanwhile, such as by
 * Ctrl-C.
 */
final class EndNotice {

  private EndNotice() {}

  /** Work that may be interrupted. */
  interface Work {
    void run() throws Exception;
  }

  /** Does the work. */
  static void during(Work work, PrintStream out, String sentence) throws Exception {
    Thread hook = new Thread(() -> say(out, sentence), "end-notice");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      work.run();
    } finally {
      remove(hook);
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook says so.
    }
  }

  /** Below a line of progress, which ends without a line break on a terminal. */
  static void say(PrintStream out, String sentence) {
    out.printf("%nInterrupted: %s%n", sentence);
  }
}
