package dev.streambed.cli.sql;

import dev.streambed.cli.terminal.CommandFailedException;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The class path of the JVM with Flink's SQL client, as the build of sql/shell lists it. This
 * process does without: it is 150 MB that other commands do not need.
 */
record ShellClassPath(String value) {
  static ShellClassPath find() throws IOException {
    Path ours;
    try {
      ours =
          Path.of(ShellClassPath.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("Cannot find where the classes of streambed-cli are.", e);
    }
    // Beside cli/target/classes or cli/target/streambed-cli.jar.
    Path target = ours.resolve("../../../sql/shell/target").normalize();
    Path list = target.resolve("classpath.txt");
    if (!Files.isRegularFile(list)) {
      throw new CommandFailedException(
          "The list of the SQL client's jars %s is missing. Create it with: mvn process-classes -pl sql/shell -am"
              .formatted(list));
    }
    return new ShellClassPath(
        target.resolve("classes") + File.pathSeparator + Files.readString(list).strip());
  }
}
