package dev.streambed.embedder.model;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * A directory with a graph, its tokeniser and {@value ModelDescription#FILE_NAME}, found whole and
 * unchanged.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class ModelDirectory {
  public static final String GRAPH_FILE = "model.onnx";
  public static final String TOKENIZER_FILE = "tokenizer.json";

  private static final int BUFFER_BYTES = 1 << 16; // larger ones leave the cache: twice the time

  private final Path path;
  private final ModelDescription description;
  private final String digest;

  private ModelDirectory(Path path, ModelDescription description, String digest) {
    this.path = path;
    this.description = description;
    this.digest = digest;
  }

  /**
   * Opens a model directory and compares the digest of each of its files.
   *
   * @throws InvalidModelException if a file is missing, was changed, or the description cannot be
   *     used
   */
  public static ModelDirectory open(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidModelException(
          "There is no model directory %s. %s".formatted(directory, remedy(directory)));
    }
    for (String name : new String[] {ModelDescription.FILE_NAME, GRAPH_FILE, TOKENIZER_FILE}) {
      requireFile(directory, name);
    }
    ModelDescription description = ModelDescription.read(directory);
    for (String name : new String[] {GRAPH_FILE, TOKENIZER_FILE}) {
      if (!description.files().containsKey(name)) {
        throw new InvalidModelException(
            "%s in %s lists no digest of %s."
                .formatted(ModelDescription.FILE_NAME, directory, name));
      }
    }
    for (Map.Entry<String, String> file : description.files().entrySet()) {
      requireFile(directory, file.getKey());
      requireDigest(directory.resolve(file.getKey()), file.getValue());
    }
    ExternalData externalData = description.externalData();
    if (externalData != null) {
      requireExternalData(directory, externalData);
    }
    return new ModelDirectory(
        directory, description, sha256(directory.resolve(ModelDescription.FILE_NAME)));
  }

  public Path path() {
    return path;
  }

  public ModelDescription description() {
    return description;
  }

  /**
   * The sha-256 of {@value ModelDescription#FILE_NAME} in lower-case hex. As that file lists the
   * digests of all others, this one value pins everything that a vector depends on, but for the
   * text and its prompt's name.
   */
  public String digest() {
    return digest;
  }

  public Path graphFile() {
    return path.resolve(GRAPH_FILE);
  }

  public Path tokenizerFile() {
    return path.resolve(TOKENIZER_FILE);
  }

  /** The sha-256 of a file in lower-case hex. */
  public static String sha256(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-256.", e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static String remedy(Path directory) {
    return "Create it with: streambed import --onnx <file> --tokenizer <file> %s, or for nomic-embed-text-v2-moe: streambed import <checkpoint> %s"
        .formatted(directory, directory);
  }

  private static void requireFile(Path directory, String name) {
    if (!Files.isRegularFile(directory.resolve(name))) {
      throw new InvalidModelException(
          "Model directory %s has no %s (found: %s). %s"
              .formatted(directory, name, fileNames(directory), remedy(directory)));
    }
  }

  private static void requireDigest(Path file, String expected) {
    String found = sha256(file);
    if (!found.equals(expected)) {
      throw new InvalidModelException(
          "%s was changed since the import: its sha-256 is %s, %s says %s. Import the model again."
              .formatted(file, found, ModelDescription.FILE_NAME, expected));
    }
  }

  private static void requireExternalData(Path directory, ExternalData externalData) {
    Path file = Path.of(externalData.path());
    if (!Files.isRegularFile(file)) {
      throw new InvalidModelException(
          "The weights of model directory %s are gone: there is no file %s. Import the model again, with --copy to keep its weights in the directory."
              .formatted(directory, file));
    }
    requireDigest(file, externalData.sha256());
  }

  private static String fileNames(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      String names =
          files
              .map(Path::getFileName)
              .map(String::valueOf)
              .sorted()
              .collect(Collectors.joining(", "));
      return names.isEmpty() ? "nothing" : names;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list %s: %s".formatted(directory, e.getMessage()), e);
    }
  }
}
