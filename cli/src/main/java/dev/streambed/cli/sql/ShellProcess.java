package dev.streambed.cli.sql;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.broker.TemporaryDirectory;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.embedder.calibration.UserCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The JVM with Flink's SQL client, which has the terminal of this process. Ends, and takes its
 * files with it, when this process does. Safe for use by several threads.
 */
final class ShellProcess implements AutoCloseable {
  private static final String MAIN = "dev.streambed.sql.shell.SqlShell";
  private static final String LOG = "classpath:dev/streambed/sql/shell/log4j2.properties";
  private static final List<String> PASSED_ON =
      List.of("streambed.log.level", "streambed.log.stack");
  private static final long END_SECONDS = 10;
  private static final int KILLED = 128 + 9;
  private static final int CRASHED = 128 + 6;

  private final ShellClassPath classPath;
  private final TemporaryDirectory directory = new TemporaryDirectory("streambed-sql-");
  private final Thread closeAtExit = new Thread(this::end, "close-sql-client");

  @GuardedBy("this")
  private @Nullable Process process;

  @GuardedBy("this")
  private boolean closed;

  ShellProcess(ShellClassPath classPath) {
    this.classPath = classPath;
    Runtime.getRuntime().addShutdownHook(closeAtExit);
  }

  /**
   * Runs the client to its end.
   *
   * @param init the first statements
   * @param script the others; null if a person is to be asked for them
   * @return its exit code
   * @throws CommandFailedException if it was killed, or crashed: then it did not say why
   */
  int run(String init, @Nullable String script) throws IOException, InterruptedException {
    int code = start(init, script).waitFor();
    if ((code == KILLED || code == CRASHED) && !isClosed()) {
      throw new CommandFailedException(
          "Flink's SQL client was killed, or crashed (exit code %d). If this machine had too little memory for it, set a limit in STREAMBED_JAVA_OPTS, such as -Xmx2g."
              .formatted(code));
    }
    return code;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized Process start(String init, @Nullable String script) throws IOException {
    if (closed) {
      throw new IOException("The SQL client is closed.");
    }
    directory.create();
    List<String> command = new ArrayList<>(command());
    command.add(Files.writeString(directory.path().resolve("init.sql"), init).toString());
    command.add(history().toString());
    if (script != null) {
      command.add(Files.writeString(directory.path().resolve("script.sql"), script).toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    if (script != null) {
      builder.redirectInput(ProcessBuilder.Redirect.PIPE);
    }
    builder.environment().put("CLASSPATH", classPath.value());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    process = builder.start();
    return process;
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    String options = System.getenv("STREAMBED_JAVA_OPTS");
    if (options != null && !options.isBlank()) {
      command.addAll(Arrays.asList(options.strip().split("\\s+", -1)));
    }
    for (String opened : List.of("lang", "util", "time", "net", "nio")) {
      command.add("--add-opens=java.base/java.%s=ALL-UNNAMED".formatted(opened));
    }
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dfile.encoding=UTF-8");
    command.add("-Djava.io.tmpdir=" + directory.path());
    command.add("-Dlog4j2.configurationFile=" + LOG);
    for (String name : PASSED_ON) {
      String value = System.getProperty(name);
      if (value != null) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.add(MAIN);
    return command;
  }

  /** Kept, beside the default model. */
  private static Path history() throws IOException {
    return Files.createDirectories(UserCache.directory().resolve("streambed"))
        .resolve("sql-history");
  }

  private synchronized void end() {
    closed = true;
    try (directory) {
      if (process != null) {
        process.destroyForcibly().waitFor(END_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeAtExit);
    } catch (IllegalStateException e) {
      // The process is ending: the hook does the same.
    }
    end();
  }
}
