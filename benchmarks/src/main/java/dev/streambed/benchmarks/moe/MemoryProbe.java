package dev.streambed.benchmarks.moe;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Loads a model in a process of its own and tells how much anonymous memory each stage took. Linux
 * only, as it reads {@code /proc/self/status}.
 */
final class MemoryProbe {
  private static final int WARM_TOKENS = 1024;
  private static final int BYTES_PER_KIB = 1024;

  /**
   * Bytes of the process after each stage.
   *
   * @param jvm before anything was loaded
   * @param tokenizer after the tokeniser was
   * @param session after the graph was, too
   * @param warm after a batch of 1024 tokens
   * @param files file-backed pages in memory at the end, which the system may drop
   * @param seconds to open, check and warm up the model as a job does, in a second go
   */
  record Stages(long jvm, long tokenizer, long session, long warm, long files, double seconds) {}

  private MemoryProbe() {}

  /** Measures in a new process, with a heap that a task with this model needs. */
  static Stages inOwnProcess(Path model) throws IOException, InterruptedException {
    Process memory = start(model, "memory");
    double[] bytes = read(memory);
    Process load = start(model, "load");
    double[] seconds = read(load);
    return new Stages(
        (long) bytes[0],
        (long) bytes[1],
        (long) bytes[2],
        (long) bytes[3],
        (long) bytes[4],
        seconds[0]);
  }

  private static Process start(Path model, String what) throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    var builder =
        new ProcessBuilder(
            java.toString(),
            "-Xmx256m",
            "-XX:+UseSerialGC",
            MemoryProbe.class.getName(),
            what,
            model.toString());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static double[] read(Process process) throws IOException, InterruptedException {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("The process that measures memory failed: " + output);
    }
    return Arrays.stream(output.strip().split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  /** Runs in the new process: {@code memory MODEL} or {@code load MODEL}. */
  public static void main(String[] arguments) {
    Path directory = Path.of(arguments[1]);
    if (arguments[0].equals("load")) {
      long start = System.nanoTime();
      ModelDirectory model = ModelDirectory.open(directory);
      try (OnnxTextEmbedder embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT)) {
        embedder.probe();
        System.out.println((System.nanoTime() - start) / 1e9);
      }
      return;
    }
    List<Long> bytes = new ArrayList<>();
    ModelDirectory model = ModelDirectory.open(directory);
    bytes.add(status("RssAnon"));
    try (TextTokenizer tokenizer = TextTokenizer.open(model.tokenizerFile(), 512)) {
      TokenIds text = tokenizer.tokenise("search_document: " + "word ".repeat(120));
      bytes.add(status("RssAnon"));
      try (OnnxSession session = OnnxSession.open(model, 1)) {
        bytes.add(status("RssAnon"));
        int copies = WARM_TOKENS / text.length();
        session.run(
            dev.streambed.embedder.onnx.TokenBatch.pad(Collections.nCopies(copies, text)),
            "pooled");
        bytes.add(status("RssAnon"));
        bytes.add(status("RssFile"));
      }
    }
    System.out.println(String.join(" ", bytes.stream().map(String::valueOf).toList()));
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
