package dev.streambed.cli.local;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigurationUtils;

/** Folders of this machine that Flink writes into. */
@Internal
public final class FlinkFolder {
  /** In bytes: more than a checkpoint of a few records, less than one of many. */
  private static final int PROBE_BYTES = 1 << 20;

  private static final long BYTES_PER_MEGABYTE = 1_000_000;

  private FlinkFolder() {}

  /**
   * A folder as Flink's options name it. Not a URI with escapes, as {@link Path#toUri} makes it:
   * Flink takes {@code my%20job} for the name of a folder.
   *
   * @throws CommandFailedException if Flink cannot use a folder of this name
   */
  static String name(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    String name = "file://" + absolute;
    if (!new org.apache.flink.core.fs.Path(name).getPath().equals(absolute.toString())) {
      throw new CommandFailedException(
          "Flink cannot write into %s: it reads some character of this name as another. Rename the folder."
              .formatted(absolute));
    }
    return name;
  }

  /**
   * A folder as Flink's options for temporary files name it.
   *
   * @throws CommandFailedException if Flink would take the name for several
   */
  static String temporary(Path folder) {
    String name = folder.toString();
    if (ConfigurationUtils.splitPaths(name).length != 1) {
      throw new CommandFailedException(
          "Flink cannot keep temporary files in %s: a comma or colon in this name ends it for Flink. Name another folder: STREAMBED_JAVA_OPTS=-Djava.io.tmpdir=/folder"
              .formatted(folder));
    }
    return name;
  }

  /**
   * Makes sure that files can be written into a folder; makes it if it does not exist.
   *
   * @param use the folder's purpose, for the message
   * @throws CommandFailedException with the reason if not
   */
  public static void requireWritable(Path folder, String use) {
    try {
      Files.createDirectories(folder);
      Path probe = Files.createTempFile(folder, ".streambed-probe", null);
      try {
        Files.write(probe, new byte[PROBE_BYTES]);
      } finally {
        Files.deleteIfExists(probe);
      }
    } catch (IOException e) {
      throw new CommandFailedException(
          "Cannot write %s into %s: %s (%s).".formatted(use, folder, reason(e), freeSpace(folder)),
          e);
    }
  }

  /** The reason of a failure with a file: Java often says no more than its name. */
  static String reason(IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof FileAlreadyExistsException already) {
      return already.getFile() + " is a file";
    }
    if (failure instanceof NoSuchFileException missing) {
      return missing.getFile() + " is not there";
    }
    if (failure instanceof FileSystemException system && system.getReason() != null) {
      return system.getReason();
    }
    return String.valueOf(failure.getMessage());
  }

  /** For messages. */
  static String freeSpace(Path folder) {
    try {
      return String.format(
          Locale.ROOT,
          "%,d MB free",
          Files.getFileStore(folder).getUsableSpace() / BYTES_PER_MEGABYTE);
    } catch (IOException e) {
      return "not there";
    }
  }
}
