package dev.streambed.importer.published;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder that a model was published as. The ONNX file lies in it, or in a folder {@code onnx}
 * below it; then its own folder is looked through first.
 */
final class ModelFolder {
  private static final JsonMapper JSON = new JsonMapper();

  private final List<Path> roots;

  private ModelFolder(List<Path> roots) {
    this.roots = roots;
  }

  /** The folder around an ONNX file; links are not followed, as they lead away from its files. */
  static ModelFolder around(Path onnxFile) {
    List<Path> roots = new ArrayList<>();
    Path folder = onnxFile.toAbsolutePath().normalize().getParent();
    if (folder != null) {
      roots.add(folder);
      Path parent = folder.getParent();
      if (parent != null && folder.endsWith("onnx")) {
        roots.add(parent);
      }
    }
    return new ModelFolder(List.copyOf(roots));
  }

  /** The file of that name, if there is one; names of folders are separated by slashes. */
  Optional<Path> find(String name) {
    return roots.stream().map(root -> root.resolve(name)).filter(Files::isRegularFile).findFirst();
  }

  /** The content of a JSON file; a missing node if there is no such file. */
  JsonNode read(String name) {
    Optional<Path> file = find(name);
    if (file.isEmpty()) {
      return MissingNode.getInstance();
    }
    try {
      return JSON.readTree(Files.readAllBytes(file.get()));
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(
          "%s is not JSON: %s".formatted(file.get(), e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new InvalidModelException("Cannot read %s: %s".formatted(file.get(), e), e);
    }
  }

  /** Names of the folders in it, sorted. */
  List<String> folders() {
    return roots.stream().flatMap(ModelFolder::foldersIn).distinct().sorted().toList();
  }

  private static Stream<String> foldersIn(Path root) {
    if (!Files.isDirectory(root)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.list(root)) {
      return files
          .filter(Files::isDirectory)
          .map(folder -> String.valueOf(folder.getFileName()))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new InvalidModelException("Cannot list %s: %s".formatted(root, e), e);
    }
  }
}
