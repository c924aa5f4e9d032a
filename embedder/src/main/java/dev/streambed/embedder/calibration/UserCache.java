package dev.streambed.embedder.calibration;

import java.nio.file.Path;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/** The place of a user's files that can be made again. */
@API(status = API.Status.INTERNAL)
public final class UserCache {
  private UserCache() {}

  /**
   * The user's cache directory as the XDG Base Directory Specification has it; it may not exist.
   */
  public static Path directory() {
    return directory(
        System.getenv("XDG_CACHE_HOME"), System.getenv("HOME"), System.getProperty("user.home"));
  }

  /** As above; relative paths are ignored. */
  static Path directory(@Nullable String xdgCacheHome, @Nullable String home, String userHome) {
    if (xdgCacheHome != null && Path.of(xdgCacheHome).isAbsolute()) {
      return Path.of(xdgCacheHome);
    }
    return Path.of(home == null || home.isEmpty() ? userHome : home, ".cache");
  }
}
