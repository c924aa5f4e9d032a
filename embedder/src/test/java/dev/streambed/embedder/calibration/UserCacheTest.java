package dev.streambed.embedder.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class UserCacheTest {
  @Test
  void liesWhereTheXdgSpecificationSaysSo() {
    assertThat(UserCache.directory("/var/cache/me", "/home/me", "?"))
        .isEqualTo(Path.of("/var/cache/me"));
    assertThat(UserCache.directory("relative", "/home/me", "?"))
        .isEqualTo(Path.of("/home/me/.cache"));
    assertThat(UserCache.directory("", "/home/me", "?")).isEqualTo(Path.of("/home/me/.cache"));
    assertThat(UserCache.directory(null, null, "/home/java"))
        .isEqualTo(Path.of("/home/java/.cache"));
  }
}
