package dev.streambed.benchmarks.contestant;

import com.sun.management.ThreadMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/**
 * Runs one contestant at the command of the benchmark, which speaks through standard input and
 * listens to standard output, line by line:
 *
 * <pre>
 *                             "@ready" {tab fact "=" value}     once the model is loaded
 *   "pass" texts variant      "@done" nanos heapBytes           so many texts, evenly spread over the file
 *   "vectors" variant file    "@done" nanos heapBytes           all texts; the vectors as little-endian floats
 * </pre>
 */
@Internal
public final class ContestantServer {
  private static final long UNKNOWN = -1;

  private final Contestant contestant;
  private final String[] texts;
  private final PrintStream answers;

  @SuppressWarnings("ArrayRecordComponent") // private, never compared
  private record Pass(float[][] vectors, long nanos, long heapBytes) {}

  private ContestantServer(Contestant contestant, String[] texts, PrintStream answers) {
    this.contestant = contestant;
    this.texts = texts;
    this.answers = answers;
  }

  /**
   * Serves until standard input ends.
   *
   * @param arguments a file with a text in each line, and the folder of {@link ModelFiles}
   */
  public static void serve(String[] arguments, Contestant.Factory factory) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever a library prints is no answer
    String[] texts = Files.readAllLines(Path.of(arguments[0])).toArray(String[]::new);
    Contestant contestant = factory.open(new ModelFiles(Path.of(arguments[1])));
    StringBuilder ready = new StringBuilder("@ready");
    contestant.facts().forEach((fact, value) -> ready.append('\t').append(fact + "=" + value));
    answers.println(ready);
    answers.flush();
    new ContestantServer(contestant, texts, answers).serve();
    System.exit(0); // peers may leave threads behind
  }

  private void serve() throws Exception {
    var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] command = line.split(" ", 3);
      switch (command[0]) {
        case "pass" -> answer(pass(spread(Integer.parseInt(command[1])), command[2]));
        case "vectors" -> {
          Pass pass = pass(texts, command[1]);
          write(pass.vectors, Path.of(command[2]));
          answer(pass);
        }
        default -> throw new IllegalArgumentException("Unknown command: " + line);
      }
    }
  }

  private Pass pass(String[] input, String variant) throws Exception {
    Map<Long, Long> before = allocated();
    long start = System.nanoTime();
    float[][] vectors = contestant.embed(input, variant);
    long nanos = System.nanoTime() - start;
    long bytes = 0;
    for (Map.Entry<Long, Long> thread : allocated().entrySet()) {
      bytes += thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
    }
    return new Pass(vectors, nanos, before.isEmpty() ? UNKNOWN : bytes);
  }

  private void answer(Pass pass) {
    answers.println("@done " + pass.nanos + " " + pass.heapBytes);
    answers.flush();
  }

  private String[] spread(int count) {
    String[] chosen = new String[count];
    for (int i = 0; i < count; i++) {
      chosen[i] = texts[(int) ((long) i * texts.length / count)];
    }
    return chosen;
  }

  private static void write(float[][] vectors, Path file) throws IOException {
    int dimensions = vectors[0].length;
    ByteBuffer bytes =
        ByteBuffer.allocate(vectors.length * dimensions * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float[] vector : vectors) {
      for (float value : vector) {
        bytes.putFloat(value);
      }
    }
    Files.write(file, bytes.array());
  }

  /** Bytes that each living thread has allocated on the heap so far. */
  private static Map<Long, Long> allocated() {
    Map<Long, Long> result = new HashMap<>();
    if (ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads) {
      long[] ids = threads.getAllThreadIds();
      long[] bytes = threads.getThreadAllocatedBytes(ids);
      for (int i = 0; i < ids.length; i++) {
        result.put(ids[i], bytes[i]);
      }
    }
    return result;
  }
}
