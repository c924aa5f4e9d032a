package dev.streambed.importer;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apiguardian.api.API;

/**
 * The name and revision that a model's place on disk gives it.
 *
 * @param revision commit; empty if not known
 */
@API(status = API.Status.EXPERIMENTAL)
public record ModelOrigin(String name, String revision) {
  private static final String ONNX_FOLDER = "onnx";

  /** The download cache of the hub: {@code models--OWNER--NAME/snapshots/REVISION}. */
  private static final Pattern HUB_CACHE =
      Pattern.compile(
          ".*/models--((?<owner>[^/]+?)--)?(?<name>[^/]+)/snapshots/(?<revision>[^/]+)(/.*)?");

  /** The origin of a model that is a folder. */
  public static ModelOrigin ofFolder(Path folder) {
    Path absolute = folder.toAbsolutePath().normalize();
    Matcher cache = HUB_CACHE.matcher(absolute.toString().replace('\\', '/'));
    if (cache.matches()) {
      String owner = cache.group("owner");
      return new ModelOrigin(
          owner == null ? cache.group("name") : owner + "/" + cache.group("name"),
          cache.group("revision"));
    }
    return new ModelOrigin(
        absolute.getFileName() == null ? "checkpoint" : absolute.getFileName().toString(), "");
  }

  /**
   * The origin of an ONNX file: named after its folder if that is the hub's, or if the file has the
   * usual name {@code model.onnx}; else after the file. A folder {@code onnx} is part of a model's
   * folder.
   */
  public static ModelOrigin ofOnnxFile(Path file) {
    Path absolute = file.toAbsolutePath().normalize();
    String name = String.valueOf(absolute.getFileName());
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    Path folder = absolute.getParent();
    if (folder == null || folder.getFileName() == null) {
      return new ModelOrigin(stem, "");
    }
    Path parent = folder.getParent();
    Path model =
        folder.endsWith(ONNX_FOLDER) && parent != null && parent.getFileName() != null
            ? parent
            : folder;
    ModelOrigin origin = ofFolder(model);
    return origin.revision.isEmpty() && !stem.equals("model") ? new ModelOrigin(stem, "") : origin;
  }
}
