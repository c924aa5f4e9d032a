package dev.streambed.e2e.harness;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The main class of a child JVM: runs the main class that its first argument names, and halts as
 * soon as its standard input ends: that is when the test's JVM is gone, even if it was killed. Uses
 * nothing but the JDK, because its class file alone is put in front of the child's jars.
 */
public final class GuardedMain {
  private GuardedMain() {}

  /** Copies this class to a folder for a class path. */
  public static void copyTo(Path folder) throws IOException {
    String file = GuardedMain.class.getName().replace('.', '/') + ".class";
    Path target = folder.resolve(file);
    Files.createDirectories(target.resolveSibling("."));
    try (InputStream bytes = GuardedMain.class.getResourceAsStream("/" + file)) {
      if (bytes == null) {
        throw new IOException("Class file " + file + " is missing in the class path.");
      }
      Files.write(target, bytes.readAllBytes());
    }
  }

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
