package dev.streambed.importer;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The place of a model directory until it is complete: a hidden sibling, so that nobody sees half
 * of one. An empty directory that exists already may be a mount point or somebody's working
 * directory, and cannot be replaced. So its files are made in a hidden folder inside and moved up,
 * last of all the description, which makes it a model directory.
 */
@API(status = API.Status.INTERNAL)
public final class StagingDirectory implements AutoCloseable {
  private final Path target;
  private final Path staging;
  private final boolean insideTarget;
  private final Thread deletion = new Thread(this::delete, "streambed-import-cleanup");

  private StagingDirectory(Path target, Path staging, boolean insideTarget) {
    this.target = target;
    this.staging = staging;
    this.insideTarget = insideTarget;
  }

  /**
   * Makes an empty place for the files that {@link #commit} moves to {@code target}; closed or
   * interrupted without a commit, it disappears.
   *
   * @throws InvalidModelException if the target exists and is not an empty directory
   */
  public static StagingDirectory create(Path target) throws IOException {
    Path absolute = target.toAbsolutePath().normalize();
    checkFree(target, absolute);
    boolean insideTarget = Files.isDirectory(absolute);
    Path parent = insideTarget ? absolute : absolute.getParent();
    if (parent == null) {
      throw new InvalidModelException("Cannot make a model directory of %s.".formatted(target));
    }
    Files.createDirectories(parent);
    String name = ".%s.importing-%s".formatted(absolute.getFileName(), UUID.randomUUID());
    Path staging = Files.createDirectory(parent.resolve(name));
    StagingDirectory directory = new StagingDirectory(absolute, staging, insideTarget);
    Runtime.getRuntime().addShutdownHook(directory.deletion); // Ctrl-C
    return directory;
  }

  public Path path() {
    return staging;
  }

  /**
   * Moves the files to the target.
   *
   * @throws InvalidModelException if somebody else filled the target meanwhile
   */
  public void commit() throws IOException {
    try {
      if (insideTarget) {
        moveUp();
      } else {
        Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (FileSystemException e) {
      if (!insideTarget && Files.exists(target)) {
        throw notFree(target, e);
      }
      throw e;
    }
  }

  /** Deletes the files, unless they were committed. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(deletion);
    } catch (IllegalStateException e) {
      return; // shutting down: the hook deletes
    }
    delete();
  }

  private void moveUp() throws IOException {
    Path description = staging.resolve(ModelDescription.FILE_NAME);
    for (Path file : list(staging)) {
      if (!file.equals(description)) {
        Files.move(file, target.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
      }
    }
    Files.move(
        description, target.resolve(ModelDescription.FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
  }

  private void delete() {
    if (!Files.exists(staging)) {
      return;
    }
    try (Stream<Path> files = Files.walk(staging)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot delete %s: %s".formatted(staging, e.getMessage()), e);
    }
  }

  private static void checkFree(Path target, Path absolute) throws IOException {
    if (Files.exists(absolute) && !Files.isDirectory(absolute)) {
      throw new InvalidModelException(
          "%s is a file; a model directory is to be made there.".formatted(target));
    }
    if (Files.isDirectory(absolute) && !list(absolute).isEmpty()) {
      throw notFree(target, null);
    }
  }

  private static InvalidModelException notFree(Path target, @Nullable Throwable cause) {
    return new InvalidModelException(
        "Directory %s exists and is not empty. Name another, or delete it first.".formatted(target),
        cause);
  }

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }
}
