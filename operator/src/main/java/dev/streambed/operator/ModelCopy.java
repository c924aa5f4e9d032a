package dev.streambed.operator;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a model directory of another machine, in {@code java.io.tmpdir}; deleted when closed.
 * Owned by those in this process who use it.
 */
final class ModelCopy implements AutoCloseable {
  /** Names the process, so that a copy that a killed one left behind can be told. */
  static final String PREFIX = "streambed-model-%d-".formatted(ProcessHandle.current().pid());

  private static final Logger LOG = LoggerFactory.getLogger(ModelCopy.class);

  private final Path directory;

  /**
   * Takes a directory of its own.
   *
   * @param directory deleted with this
   */
  ModelCopy(Path directory) {
    this.directory = directory;
  }

  /**
   * Copies a model directory, and compares the digest of each of its files.
   *
   * @param digest as {@link ModelDirectory#digest}, which the job was started with
   * @throws InvalidModelException if a file is missing or was changed
   * @throws UncheckedIOException if it cannot be read now, or there is no space for it
   */
  static ModelCopy of(String uri, String digest) {
    try {
      ModelCopy copy = new ModelCopy(Files.createTempDirectory(PREFIX));
      try {
        copy.fill(RemoteModel.at(uri), digest);
        return copy;
      } catch (IOException | RuntimeException | Error e) {
        copy.closeAfter(e);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot copy model directory %s to %s: %s"
              .formatted(uri, System.getProperty("java.io.tmpdir"), e.getMessage()),
          e);
    }
  }

  private void fill(RemoteModel remote, String digest) throws IOException {
    long startNanos = System.nanoTime();
    ModelDescription description = remote.copyDescription(directory);
    String found = ModelDirectory.sha256(descriptionFile());
    if (!found.equals(digest)) {
      throw new InvalidModelException(
          "Model directory %s has the digest %s; the job was started with %s. Start the job again to use the other model."
              .formatted(remote.uri(), found, digest));
    }
    remote.copyFiles(description, directory);
    try {
      ModelDirectory.open(directory);
    } catch (InvalidModelException e) {
      throw remote.refused(directory, e);
    }
    LOG.info(
        "Copied model directory {} to {} in {} ms.",
        remote.uri(),
        directory,
        (System.nanoTime() - startNanos) / 1_000_000);
  }

  Path directory() {
    return directory;
  }

  Path descriptionFile() {
    return directory.resolve(ModelDescription.FILE_NAME);
  }

  private void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot delete the copy of a model in " + directory, e);
    }
  }
}
