package dev.streambed.embedder.onnx;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Loads native libraries, and explains why one cannot be loaded. */
final class NativeLibraries {
  private static final String TEMPORARY_DIRECTORY = "java.io.tmpdir";
  private static final String WHAT_TO_DO =
      "name another one with -Djava.io.tmpdir=DIRECTORY: for ./streambed in STREAMBED_JAVA_OPTS, for Flink in env.java.opts.all.";

  /** The dynamic linker's message about symbols with a version of ONNX Runtime; it has no code. */
  private static final Pattern OTHER_VERSION =
      Pattern.compile("version [`']VERS_[0-9.]+' not found");

  private NativeLibraries() {}

  /** The first use of a library, which unpacks it into the temporary directory. */
  interface FirstUse<T> {
    T run() throws IOException, IllegalAccessException;
  }

  /**
   * Uses a library, perhaps for the first time.
   *
   * @param library name for people
   * @throws InvalidModelException if it cannot be loaded; the message says why
   */
  static <T> T use(String library, FirstUse<T> firstUse) {
    try {
      return firstUse.run();
    } catch (LinkageError | IOException | IllegalAccessException e) {
      String directory = String.valueOf(System.getProperty(TEMPORARY_DIRECTORY));
      throw new InvalidModelException(explain(library, Path.of(directory), e), e);
    }
  }

  static String explain(String library, Path directory, Throwable failure) {
    if (!Files.isDirectory(directory)) {
      return "Cannot load %s: there is no directory %s to unpack its native library into; %s"
          .formatted(library, directory, WHAT_TO_DO);
    }
    if (!Files.isWritable(directory)) {
      return "Cannot load %s: its native library cannot be unpacked into %s, which is read-only; %s"
          .formatted(library, directory, WHAT_TO_DO);
    }
    String cause = rootMessage(failure);
    if (OTHER_VERSION.matcher(cause).find()) {
      return "Cannot load %s: %s. This process has loaded another version of it, for another job or library, and can hold one alone. Let the two run in processes of their own, or with the same version."
          .formatted(library, cause);
    }
    return "Cannot load %s from %s: %s. If that directory forbids programs (noexec) or is full, %s"
        .formatted(library, directory, cause, WHAT_TO_DO);
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null ? root.toString() : message;
  }
}
