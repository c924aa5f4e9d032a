package dev.streambed.operator;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;

/**
 * A model directory as those name it who start a job, and what is known of it before the job runs.
 *
 * @param location a path that is the same on every machine; or a URI of one of Flink's file
 *     systems, from which each TaskManager copies the directory
 * @param description of the model
 * @param digest as {@link ModelDirectory#digest}
 */
@Internal
public record LocatedModel(String location, ModelDescription description, String digest) {
  /** A letter alone is a drive of Windows. */
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  private static final Pattern LOCAL_URI = Pattern.compile("(?i)file:/.*");

  /**
   * Checks a model directory: all of its files if it is at a path; at a URI the description, and
   * that the other files are there, as each TaskManager compares their digests when it has copied
   * them.
   *
   * @throws InvalidModelException if it cannot be used
   */
  public static LocatedModel open(String directory) {
    String location = location(directory);
    if (!isUri(location)) {
      ModelDirectory model = ModelDirectory.open(Path.of(location));
      return new LocatedModel(location, model.description(), model.digest());
    }
    RemoteModel remote = RemoteModel.at(location);
    try {
      Path temporary = Files.createTempDirectory(ModelCopy.PREFIX);
      try (ModelCopy copy = new ModelCopy(temporary)) {
        ModelDescription description = remote.copyDescription(copy.directory());
        remote.requireFiles(description);
        return new LocatedModel(
            location, description, ModelDirectory.sha256(copy.descriptionFile()));
      }
    } catch (IOException e) {
      throw new InvalidModelException(
          "Cannot read model directory %s: %s".formatted(directory, e.getMessage()), e);
    }
  }

  /**
   * The location of a model directory as TaskManagers need it: an absolute path, or a URI that is
   * not of a path.
   */
  public static String location(String directory) {
    if (!isUri(directory)) {
      return Path.of(directory).toAbsolutePath().toString();
    }
    return LOCAL_URI.matcher(directory).matches() ? localPath(directory) : directory;
  }

  /** Whether a location is a URI, and not a path. */
  public static boolean isUri(String location) {
    return URI.matcher(location).matches();
  }

  private static String localPath(String uri) {
    var path = new org.apache.flink.core.fs.Path(uri);
    String host = path.toUri().getAuthority();
    if (host != null) {
      throw new InvalidModelException(
          "Cannot use %s: found the host '%s'; expected none, as in file:///models/nomic."
              .formatted(uri, host));
    }
    return path.getPath();
  }
}
