package dev.streambed.benchmarks.setup;

import java.net.URISyntaxException;
import java.nio.file.Path;
import org.apache.flink.annotation.Internal;

/** Where things lie: benchmarks run from a clone, beside their sources. */
@Internal
public final class BenchmarkFolders {
  private BenchmarkFolders() {}

  /** For the results, which are committed. */
  public static Path results() {
    return module().resolve("results");
  }

  /** For what may be deleted at any time. */
  public static Path work() {
    return module().resolve("target/work");
  }

  /** The class paths and programs of peers. */
  public static Path peers() {
    return module().resolve("peers");
  }

  /** Our own classes, for those that run in another process. */
  public static Path classes() {
    try {
      return Path.of(
          BenchmarkFolders.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("Cannot find where the benchmarks' classes are.", e);
    }
  }

  private static Path module() {
    // From benchmarks/target/classes or benchmarks/target/streambed-benchmarks.jar.
    return classes().resolve("../..").normalize();
  }
}
