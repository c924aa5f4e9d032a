package dev.streambed.importer.nomic;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the place of a checkpoint tells about it.
 *
 * @param revision commit; empty if not known
 */
record CheckpointOrigin(String name, String revision) {
  /** The download cache of the hub: {@code models--OWNER--NAME/snapshots/REVISION}. */
  private static final Pattern HUB_CACHE =
      Pattern.compile(".*/models--(?<owner>[^/]+?)--(?<name>[^/]+)/snapshots/(?<revision>[^/]+)");

  static CheckpointOrigin of(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    Matcher cache = HUB_CACHE.matcher(absolute.toString().replace('\\', '/'));
    if (cache.matches()) {
      return new CheckpointOrigin(
          cache.group("owner") + "/" + cache.group("name"), cache.group("revision"));
    }
    return new CheckpointOrigin(
        absolute.getFileName() == null ? "checkpoint" : absolute.getFileName().toString(), "");
  }
}
