package dev.streambed.benchmarks.contestant;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A contestant in its own process, from the side of the benchmark: the other end of {@link
 * ContestantServer}. Never outlives this process by more than one pass, for its standard input ends
 * then. Confined to one thread.
 */
@Internal
public final class ContestantProcess implements AutoCloseable {
  private static final int SECONDS_TO_END = 10;
  private static final int LOG_TAIL_LINES = 15;
  private static final int BYTES_PER_KIB = 1024;

  private final String name;
  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;
  private final Path log;
  private Map<String, String> facts = Map.of();

  /**
   * Time and memory of a pass.
   *
   * @param heapBytes allocated on the heap; -1 if not known
   */
  public record Pass(double seconds, long heapBytes) {}

  /**
   * Memory of a process that is in use.
   *
   * @param anonymous bytes that it has for itself
   * @param fileBacked bytes of files that it maps, which the system may drop
   */
  public record Memory(long anonymous, long fileBacked) {}

  private ContestantProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * Starts a process; returns when its model is loaded.
   *
   * @param work folder for its log
   * @throws IOException if it ends before; the message has the end of its log
   */
  public static ContestantProcess start(
      String name, List<String> command, Map<String, String> environment, Path work)
      throws IOException {
    Path log = work.resolve(name + ".log");
    var builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1"); // 1.29 and later phone home
    builder.environment().put("TOKENIZERS_PARALLELISM", "true"); // the default, without a warning
    builder.environment().putAll(environment);
    var result = new ContestantProcess(name, builder.start(), log);
    try {
      result.facts = result.awaitReady();
      return result;
    } catch (IOException e) {
      result.close();
      throw e;
    }
  }

  public Map<String, String> facts() {
    return facts;
  }

  /** Embeds so many texts, evenly spread over all. */
  public Pass pass(int texts, String variant) throws IOException {
    return tell("pass " + texts + " " + variant);
  }

  /** Embeds all texts, and gives the vectors. */
  public float[][] vectors(String variant, int texts, Path file) throws IOException {
    tell("vectors " + variant + " " + file);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    Files.delete(file);
    float[][] vectors = new float[texts][bytes.remaining() / Float.BYTES / texts];
    for (float[] vector : vectors) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = bytes.getFloat();
      }
    }
    return vectors;
  }

  /** Memory at this moment; Linux only. */
  public Memory memory() throws IOException {
    List<String> status = Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"));
    return new Memory(bytes(status, "RssAnon:"), bytes(status, "RssFile:"));
  }

  private static long bytes(List<String> status, String field) {
    return status.stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * BYTES_PER_KIB)
        .findFirst()
        .orElseThrow();
  }

  private Map<String, String> awaitReady() throws IOException {
    Map<String, String> result = new LinkedHashMap<>();
    String[] fields = await("@ready").split("\t", -1);
    for (String field : Arrays.asList(fields).subList(1, fields.length)) {
      int equals = field.indexOf('=');
      result.put(field.substring(0, equals), field.substring(equals + 1));
    }
    return result;
  }

  private Pass tell(String command) throws IOException {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException e) {
      throw ended(e);
    }
    String[] fields = await("@done").split(" ", -1);
    return new Pass(Long.parseLong(fields[1]) / 1e9, Long.parseLong(fields[2]));
  }

  private String await(String answer) throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(answer)) {
        return line;
      }
    }
    throw ended(null);
  }

  private IOException ended(@Nullable IOException cause) throws IOException {
    List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
    return new IOException(
        "%s ended. Its log %s ends with:%n%s"
            .formatted(
                name,
                log,
                String.join(
                    System.lineSeparator(),
                    lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()))),
        cause);
  }

  @Override
  public void close() {
    try {
      commands.close();
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly(); // it ended before
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
