package dev.streambed.e2e.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A streambed command in a process of its own, with its temporary files and its output in folders
 * of the test.
 */
public record CommandProcess(Process process, Path temporary, Path output)
    implements AutoCloseable {

  private static final String QUICK_START = "-XX:TieredStopAtLevel=1"; // they end soon

  public static CommandProcess start(Path folder, String... arguments) throws IOException {
    Path temporary = Files.createTempDirectory(folder, "tmp");
    Path output = Files.createTempFile(folder, "command", ".out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(QUICK_START);
    command.add("--add-opens=java.base/java.util=ALL-UNNAMED");
    command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    command.add("--enable-native-access=ALL-UNNAMED"); // as the launcher does
    command.add("-Djava.io.tmpdir=" + temporary);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("dev.streambed.cli.Main");
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.environment().put("STREAMBED_JAVA_OPTS", QUICK_START); // for the SQL client
    return new CommandProcess(builder.start(), temporary, output);
  }

  /** Its output so far. */
  public String printed() throws IOException {
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  /**
   * Names of the temporary files, without the empty directory that ONNX Runtime 1.28 leaves: it
   * deletes that before the files in it.
   */
  public List<String> temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.list(temporary)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("onnxruntime-java"))
          .collect(Collectors.toList());
    }
  }

  /** Kills it, if it runs. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
