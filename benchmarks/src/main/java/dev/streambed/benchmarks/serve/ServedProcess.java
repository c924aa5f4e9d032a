package dev.streambed.benchmarks.serve;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.PeerPrograms;
import dev.streambed.cli.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of embeddings in a process of its own, on a port of its own. */
final class ServedProcess implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("at http://127\\.0\\.0\\.1:(\\d+)");
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");
  private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)K");
  private static final double KIB_PER_MIB = 1024;
  private static final int SECONDS_TO_END = 30;

  private final Process process;
  private final int port;
  private final Thread end;

  private ServedProcess(Process process, int port) {
    this.process = process;
    this.port = port;
    this.end = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(end); // it must not outlive this process
  }

  /**
   * Starts {@code streambed serve}; returns when it is ready.
   *
   * @param options of the command
   */
  static ServedProcess streambed(ModelFiles model, Path work, String... options)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                java("java"),
                "-Xms512m",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                model.streambed().toString(),
                "--port",
                "0"));
    command.addAll(List.of(options));
    return start(command, work.resolve("serve.log"));
  }

  /**
   * Fetches and starts a server over transformers.js.
   *
   * @throws IOException if it cannot be had; the message says why
   */
  static ServedProcess transformersJs(ModelFiles model, Path work, Consumer<String> progress)
      throws IOException, InterruptedException {
    Path folder = PeerPrograms.npm("transformers-js", work, progress);
    return start(
        List.of("node", folder.resolve("server.mjs").toString(), model.folder().toString()),
        work.resolve("serve-transformers-js.log"));
  }

  private static ServedProcess start(List<String> command, Path log) throws IOException {
    var builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1"); // 1.29 and later phone home
    Process process = builder.start();
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      Matcher ready = READY.matcher(line);
      if (ready.find()) {
        return new ServedProcess(process, Integer.parseInt(ready.group(1)));
      }
    }
    process.destroyForcibly();
    throw new IOException(
        "%s ended before it was ready: %s"
            .formatted(command.get(0), Files.readString(log, StandardCharsets.ISO_8859_1).strip()));
  }

  int port() {
    return port;
  }

  /** The value of a metric. */
  double metric(String name) throws IOException, InterruptedException {
    String all =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/metrics".formatted(port)))
                    .build(),
                BodyHandlers.ofString())
            .body();
    return all.lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new IOException("The server has no metric " + name + "."));
  }

  /** Memory of the process that is in use, in MiB. */
  double residentMiB() throws IOException {
    return found(RESIDENT, Files.readString(Path.of("/proc/" + process.pid() + "/status")));
  }

  /** What is left of the heap of a JVM after a collection, in MiB. */
  double liveHeapMiB() throws IOException, InterruptedException {
    jcmd("GC.run");
    return found(HEAP_USED, jcmd("GC.heap_info"));
  }

  private static double found(Pattern kib, String text) throws IOException {
    Matcher matcher = kib.matcher(text);
    if (!matcher.find()) {
      throw new IOException("There is no " + kib + " in: " + text);
    }
    return Double.parseDouble(matcher.group(1)) / KIB_PER_MIB;
  }

  private String jcmd(String request) throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(java("jcmd"), Long.toString(process.pid()), request)
            .redirectErrorStream(true)
            .start();
    String output = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    jcmd.waitFor();
    return output;
  }

  private static String java(String program) {
    return Path.of(System.getProperty("java.home"), "bin", program).toString();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(end);
  }
}
