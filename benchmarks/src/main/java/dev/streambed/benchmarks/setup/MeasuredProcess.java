package dev.streambed.benchmarks.setup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * A program of the benchmarks in a process of its own, so that its memory is of nothing else.
 * Memory is known on Linux only, as it reads {@code /proc/self/status}.
 */
@Internal
public final class MeasuredProcess {
  private static final int BYTES_PER_KIB = 1024;

  private MeasuredProcess() {}

  /**
   * Runs a program to its end.
   *
   * @param heapMegabytes most of its heap
   * @param main has the program's main method, which prints numbers in one line
   * @return the numbers
   * @throws IOException if it fails
   */
  public static double[] numbers(int heapMegabytes, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> command =
        new ArrayList<>(
            List.of(
                java.toString(),
                "-Xmx%dm".formatted(heapMegabytes),
                "-XX:+UseSerialGC",
                main.getName()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("The process that is measured failed: " + output);
    }
    return Arrays.stream(output.strip().split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  /** Bytes of this process that no file backs: heap, native memory, copies of weights. */
  public static long anonymousBytes() {
    return status("RssAnon");
  }

  /** Bytes of files in memory, which the system may drop. */
  public static long fileBytes() {
    return status("RssFile");
  }

  private static long status(String field) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(field))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * BYTES_PER_KIB)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the memory of this process.", e);
    }
  }
}
