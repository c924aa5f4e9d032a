package dev.streambed.e2e.harness;

import java.io.IOException;
import java.util.Arrays;

/**
 * The main class of a child JVM: runs the main class that its first argument names, and halts as
 * soon as its standard input ends: that is when the test's JVM is gone, even if it was killed. Uses
 * nothing but the JDK, because its class file alone is put in front of the child's jars.
 */
final class GuardedMain {
  private GuardedMain() {}

  public static void main(String[] args) throws ReflectiveOperationException {
    Thread watch = new Thread(GuardedMain::haltAtEndOfInput, "parent-watch");
    watch.setDaemon(true);
    watch.start();
    String[] rest = Arrays.copyOfRange(args, 1, args.length);
    Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
  }

  private static void haltAtEndOfInput() {
    try {
      while (System.in.read() >= 0) {
        // The parent writes nothing.
      }
    } catch (IOException e) {
      // The pipe is broken: the parent is gone as well.
    }
    Runtime.getRuntime().halt(1);
  }
}
