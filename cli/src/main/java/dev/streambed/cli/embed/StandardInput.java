package dev.streambed.cli.embed;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The standard input of this process. */
final class StandardInput {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd"); // of Linux
  private static final Path DETAILS = Path.of("/proc/self/fdinfo/0");
  private static final int CLOSE_ON_EXEC = 02_000_000; // O_CLOEXEC

  private StandardInput() {}

  /**
   * Opens it.
   *
   * @throws CommandFailedException if it was closed when the process began, as by {@code <&-}
   */
  static InputStream open() {
    if (wasClosed()) {
      throw new CommandFailedException(
          "Cannot read standard input: it is closed. Name a file, or /dev/null for no lines at all.",
          null);
    }
    return System.in;
  }

  /**
   * True if the input was closed. The next file that is opened then gets its number: a file of the
   * Java runtime, or one marked to be closed in child processes, which no inherited file is.
   */
  private static boolean wasClosed() {
    if (!Files.isDirectory(DESCRIPTORS)) {
      return false;
    }
    Path descriptor = DESCRIPTORS.resolve("0");
    if (!Files.exists(descriptor, LinkOption.NOFOLLOW_LINKS)) {
      return true;
    }
    try {
      Path java = Path.of(System.getProperty("java.home")).toRealPath();
      return Files.readSymbolicLink(descriptor).startsWith(java) || isMarkedForClosing();
    } catch (IOException e) {
      return false; // another system than Linux as we know it
    }
  }

  private static boolean isMarkedForClosing() throws IOException {
    for (String line : Files.readAllLines(DETAILS)) {
      String[] words = line.split("\\s+", 2);
      if (words[0].equals("flags:")) {
        return (Long.parseLong(words[1], 8) & CLOSE_ON_EXEC) != 0;
      }
    }
    return false;
  }
}
