package dev.streambed.e2e.harness;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The files of a Flink cluster: its configuration, checkpoints and logs; and where the build keeps
 * Flink's jars and the job's.
 *
 * @param path absolute
 */
public record FlinkDirectory(Path path) {

  /** Writes the configuration and the main class. */
  void prepare(String config) throws IOException {
    Files.createDirectories(configuration());
    Files.writeString(configuration().resolve("config.yaml"), config);
    Files.writeString(
        configuration().resolve("log4j.properties"),
        """
        logger.streambed.name = dev.streambed
        logger.streambed.level = TRACE
        rootLogger.level = INFO
        rootLogger.appenderRef.console.ref = Console
        appender.console.type = CONSOLE
        appender.console.name = Console
        appender.console.layout.type = PatternLayout
        appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %-40.40c{1} %m%n
        """);
    GuardedMain.copyTo(mainClass());
  }

  Path configuration() {
    return path.resolve("conf");
  }

  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  Path savepoints() {
    return path.resolve("savepoints");
  }

  /**
   * The environment of a Flink process. The class path is there, not in the command line, which
   * some native libraries read with little stack.
   */
  void setEnvironment(Map<String, String> environment) throws IOException {
    environment.keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    Path list = target().resolve("../flink/target/classpath.txt").normalize();
    if (!Files.isRegularFile(list)) {
      throw new IOException(
          "The list of Flink's jars %s is missing. Create it with: mvn generate-resources -pl e2e-tests/flink"
              .formatted(list));
    }
    environment.put("CLASSPATH", mainClass() + File.pathSeparator + Files.readString(list).strip());
    environment.put("FLINK_CONF_DIR", configuration().toString());
    environment.put("FLINK_PLUGINS_DIR", path.resolve("plugins").toString());
  }

  /** Copies a plugin of Flink from the build to where Flink looks for it. */
  public void addPlugin(String name) throws IOException {
    Path built = target().resolve("../flink/target/plugins").resolve(name).normalize();
    Path folder = Files.createDirectories(path.resolve("plugins").resolve(name));
    try (Stream<Path> jars = Files.list(built)) {
      for (Path jar : jars.toList()) {
        Files.copy(jar, folder.resolve(jar.getFileName()));
      }
    }
  }

  /** The jar that users deploy, as the build of jobs/ made it. */
  public static Path jobJar() throws IOException {
    Path jobs = target().resolve("../../jobs/target").normalize();
    try (Stream<Path> files = Files.list(jobs)) {
      return files
          .filter(file -> file.getFileName().toString().matches("streambed-jobs-.*-job\\.jar"))
          .findFirst()
          .orElseThrow(
              () ->
                  new IOException(
                      "The job's jar is missing in %s. Create it with: mvn package -DskipTests -pl jobs -am"
                          .formatted(jobs)));
    }
  }

  private Path mainClass() {
    return path.resolve("main");
  }

  /** A file of this module's build. */
  public static Path target() throws IOException {
    try {
      return Path.of(
              FlinkDirectory.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .resolve("..")
          .normalize();
    } catch (URISyntaxException e) {
      throw new IOException("Cannot find where the classes of the tests are.", e);
    }
  }
}
