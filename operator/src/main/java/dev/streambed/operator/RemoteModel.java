package dev.streambed.operator;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.jspecify.annotations.Nullable;

/**
 * A model directory in one of Flink's file systems, such as S3; found by the scheme of its URI
 * among those that this process has.
 */
final class RemoteModel {
  private static final int BUFFER_BYTES = 1 << 20; // stores answer large reads faster

  private final String uri;
  private final org.apache.flink.core.fs.Path directory;

  private RemoteModel(String uri) {
    this.uri = uri;
    this.directory = new org.apache.flink.core.fs.Path(uri);
  }

  /**
   * Asks nobody yet.
   *
   * @throws InvalidModelException if this is no URI
   */
  static RemoteModel at(String uri) {
    try {
      return new RemoteModel(uri);
    } catch (IllegalArgumentException e) {
      throw new InvalidModelException(
          "Cannot use model directory %s: no URI: %s".formatted(uri, e.getMessage()), e);
    }
  }

  String uri() {
    return uri;
  }

  /** Copies the description into a directory of this machine, and reads it. */
  ModelDescription copyDescription(Path target) throws IOException {
    requireFile(ModelDescription.FILE_NAME);
    copy(ModelDescription.FILE_NAME, target);
    ModelDescription description;
    try {
      description = ModelDescription.read(target);
    } catch (InvalidModelException e) {
      throw refused(target, e);
    }
    ExternalData weights = description.externalData();
    if (weights != null) {
      throw new InvalidModelException(
          "Cannot copy model directory %s: its weights are outside of it, in %s. Import the model again, with --copy to keep its weights in the directory."
              .formatted(uri, weights.path()));
    }
    return description;
  }

  /** Says of which directory the copy is that cannot be used. */
  InvalidModelException refused(Path copy, InvalidModelException reason) {
    return new InvalidModelException(
        "Cannot use model directory %s, of which %s is a copy: %s"
            .formatted(uri, copy, reason.getMessage()),
        reason);
  }

  /** Checks that the files of a description are there. */
  void requireFiles(ModelDescription description) throws IOException {
    for (String name : names(description)) {
      requireFile(name);
    }
  }

  /** Copies the files of a description into a directory of this machine. */
  void copyFiles(ModelDescription description, Path target) throws IOException {
    for (String name : names(description)) {
      requireFile(name);
      copy(name, target);
    }
  }

  private static Set<String> names(ModelDescription description) {
    Set<String> names = new TreeSet<>(description.files().keySet());
    names.add(ModelDirectory.GRAPH_FILE);
    names.add(ModelDirectory.TOKENIZER_FILE);
    return names;
  }

  private void requireFile(String name) throws IOException {
    org.apache.flink.core.fs.Path file = file(name);
    if (!fileSystem().exists(file)) {
      String found = fileNames();
      throw new InvalidModelException(
          found == null
              ? "There is no model directory %s.".formatted(uri)
              : "Model directory %s has no %s (found: %s). Copy the directory there anew."
                  .formatted(uri, name, found));
    }
  }

  /** The files that are there; null if there is no directory. */
  private @Nullable String fileNames() throws IOException {
    try {
      FileStatus[] files = fileSystem().listStatus(directory);
      return files == null || files.length == 0
          ? null
          : Arrays.stream(files)
              .map(file -> file.getPath().getName())
              .sorted()
              .collect(Collectors.joining(", "));
    } catch (FileNotFoundException e) {
      return null;
    }
  }

  private void copy(String name, Path target) throws IOException {
    Path copy = target.resolve(name).normalize();
    if (!target.equals(copy.getParent())) {
      throw new InvalidModelException(
          "Cannot copy model directory %s: its file '%s' does not lie in it, but elsewhere."
              .formatted(uri, name));
    }
    try (InputStream in = fileSystem().open(file(name));
        OutputStream out = Files.newOutputStream(copy)) {
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (Thread.currentThread().isInterrupted()) { // the task is cancelled
          throw new InterruptedIOException("Interrupted while copying " + file(name));
        }
        out.write(buffer, 0, n);
      }
    }
  }

  private org.apache.flink.core.fs.Path file(String name) {
    return new org.apache.flink.core.fs.Path(directory, name);
  }

  private FileSystem fileSystem() throws IOException {
    return directory.getFileSystem();
  }
}
