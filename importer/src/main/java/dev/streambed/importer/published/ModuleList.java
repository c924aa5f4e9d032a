package dev.streambed.importer.published;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.embedder.InvalidModelException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The modules that a sentence-transformers model consists of, in their order. */
record ModuleList(String file, List<Module> modules) {
  static final String FILE = "modules.json";
  private static final Pattern FOLDER = Pattern.compile("(?<place>\\d+)_(?<type>[A-Za-z]+)");

  /**
   * A module.
   *
   * @param type the last part of its Python name, such as Pooling
   * @param path its folder; empty for the model's own
   */
  record Module(String type, String path) {
    String file(String name) {
      return path.isEmpty() ? name : path + "/" + name;
    }
  }

  /** The modules in modules.json; without that file, those that the names of the folders mean. */
  static ModuleList read(ModelFolder folder) {
    JsonNode json = folder.read(FILE);
    return json.isArray()
        ? new ModuleList(FILE, listed(json))
        : new ModuleList("the model's folder", named(folder));
  }

  private static List<Module> listed(JsonNode json) {
    List<JsonNode> entries = new ArrayList<>();
    json.forEach(entries::add);
    entries.sort(Comparator.comparingInt(entry -> entry.path("idx").asInt()));
    return entries.stream()
        .map(
            entry ->
                new Module(
                    lastPart(entry.path("type").asText()), checked(entry.path("path").asText())))
        .toList();
  }

  /** Another folder's files are nothing that the publisher wrote. */
  private static String checked(String path) {
    if (!isInside(path)) {
      throw new InvalidModelException(
          "%s names the folder '%s', which is not in the model's own. Correct it there."
              .formatted(FILE, path));
    }
    return path;
  }

  private static boolean isInside(String path) {
    try {
      Path normal = Path.of(path).normalize();
      return !normal.isAbsolute() && !normal.startsWith("..");
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static List<Module> named(ModelFolder folder) {
    return folder.folders().stream()
        .map(FOLDER::matcher)
        .filter(Matcher::matches)
        .sorted(Comparator.comparingInt(name -> Integer.parseInt(name.group("place"))))
        .map(name -> new Module(name.group("type"), name.group()))
        .toList();
  }

  private static String lastPart(String type) {
    return type.substring(type.lastIndexOf('.') + 1);
  }
}
