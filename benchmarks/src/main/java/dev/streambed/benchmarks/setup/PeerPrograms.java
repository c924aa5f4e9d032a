package dev.streambed.benchmarks.setup;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;

/** Fetches the programs of peers. */
@Internal
public final class PeerPrograms {
  private static final int MINUTES_TO_FETCH = 10;

  private PeerPrograms() {}

  /**
   * Fetches the packages of a peer that runs in Node.js.
   *
   * @param label of its folder under benchmarks/peers
   * @return a folder with its files and its packages
   */
  public static Path npm(String label, Path work, Consumer<String> progress)
      throws IOException, InterruptedException {
    Path folder = Files.createDirectories(work.resolve(label));
    try (Stream<Path> files = Files.list(BenchmarkFolders.peers().resolve(label))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.write(folder.resolve(file.getFileName()), Files.readAllBytes(file));
      }
    }
    progress.accept("fetching " + label + " with npm");
    // Its install scripts would download a CUDA build; the CPU build is in the package.
    run(
        List.of(
            "npm",
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
            folder.toString()),
        work,
        label + "-fetch");
    return folder;
  }

  /**
   * Runs a program to its end.
   *
   * @param name of its log
   * @throws IOException if it fails; the message has what it says of the reason
   */
  public static void run(List<String> command, Path work, String name)
      throws IOException, InterruptedException {
    Path log = work.resolve(name + ".log");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .start();
    } catch (IOException e) {
      throw new IOException("Cannot run " + command.get(0) + ": " + e.getMessage(), e);
    }
    if (!process.waitFor(MINUTES_TO_FETCH, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException(
          "%s did not end within %d minutes; its log is %s."
              .formatted(command.get(0), MINUTES_TO_FETCH, log));
    }
    if (process.exitValue() != 0) {
      List<String> errors =
          Files.readAllLines(log).stream()
              .filter(line -> line.contains("ERROR") || line.contains("ERR!"))
              .limit(2)
              .toList();
      throw new IOException(
          "%s ended with exit code %d: %s (log: %s)"
              .formatted(command.get(0), process.exitValue(), String.join(" ", errors), log));
    }
  }
}
