package dev.streambed.e2e.harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A JobManager or TaskManager in a JVM of its own, which can be killed, frozen and started again.
 * It never outlives the test's JVM.
 */
public final class FlinkProcess implements AutoCloseable {
  /**
   * Lines from the end of a log in a message: a stack trace with its causes, or the reason of a
   * JVM's crash.
   */
  private static final int LOG_LINES = 100;

  private final String name;
  private final FlinkDirectory directory;
  private final Supplier<List<String>> arguments;
  private @Nullable Process process;
  private @Nullable Process freezer;

  /**
   * @param name names the log file
   * @param arguments JVM options, main class and its arguments; asked for at each start
   */
  FlinkProcess(String name, FlinkDirectory directory, Supplier<List<String>> arguments) {
    this.name = name;
    this.directory = directory;
    this.arguments = arguments;
  }

  /** Starts it, again if it was killed; returns before it is ready. */
  public void start() throws IOException {
    if (process != null && process.isAlive()) {
      throw new IllegalStateException("Flink's " + name + " already runs.");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:ErrorFile=" + FlinkDirectory.target().resolve("hs_err_pid%p.log"));
    command.addAll(arguments.get());
    var builder = new ProcessBuilder(command);
    directory.setEnvironment(builder.environment());
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
    process = builder.start();
  }

  /** Ends it like a power cut: kill -9. */
  public void kill() throws InterruptedException {
    thaw();
    running().destroyForcibly().waitFor();
  }

  /** Stops it in its tracks, with its sockets open: kill -STOP. */
  public void freeze() throws IOException {
    // At the end of its input, which comes with the end of the test's JVM, the process goes on: a
    // frozen one would not see that its parent is gone.
    freezer =
        new ProcessBuilder(
                "sh",
                "-c",
                "kill -STOP $0 && echo frozen && read line; kill -CONT $0",
                Long.toString(running().pid()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (freezer.getInputStream().read() < 0) {
      throw new IOException("Cannot freeze Flink's " + name + ".");
    }
  }

  /** Lets it go on as if nothing had happened; nothing happens if it is not frozen. */
  public void thaw() throws InterruptedException {
    if (freezer != null) {
      // The end of its input is the signal; after destroy() the process would stay frozen.
      try {
        freezer.getOutputStream().close();
      } catch (IOException e) {
        throw new IllegalStateException("Cannot thaw Flink's " + name + ".", e);
      }
      freezer.waitFor();
      freezer = null;
    }
  }

  /**
   * Does nothing as long as it runs.
   *
   * @throws AssertionError if it ended by itself, with its exit code and the end of its log
   */
  public void assertRuns() throws IOException {
    Process started = running();
    if (!started.isAlive()) {
      List<String> log = Files.readAllLines(logFile());
      throw new AssertionError(
          "Flink's %s has ended by itself with exit code %d. Its log ends with:%n%s"
              .formatted(
                  name,
                  started.exitValue(),
                  String.join("\n", log.subList(Math.max(0, log.size() - LOG_LINES), log.size()))));
    }
  }

  /** Physical memory that it holds, native memory included. */
  public long residentKilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/%d/status".formatted(running().pid()))).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Instances of a class that are alive, after a collection of garbage. */
  public long liveInstances(String className) throws IOException {
    // num: #instances #bytes class name (module)
    return jcmd("GC.class_histogram")
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(columns -> columns.length > 3 && columns[3].equals(className))
        .mapToLong(columns -> Long.parseLong(columns[1]))
        .sum();
  }

  private String jcmd(String command) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(running().pid()),
                command)
            .redirectErrorStream(true)
            .start();
    String answer = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (jcmd.onExit().join().exitValue() != 0) {
      throw new IOException("Flink's %s refuses %s: %s".formatted(name, command, answer));
    }
    return answer;
  }

  /** Its whole log, over all its starts. */
  public Path logFile() {
    return directory.path().resolve(name + ".log");
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("Flink's " + name + " was never started.");
    }
    return process;
  }

  /** Kills it, if it runs. */
  @Override
  public void close() {
    if (process != null) {
      try {
        kill();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
  }
}
