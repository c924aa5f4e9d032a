package dev.streambed.benchmarks.moe;

import dev.streambed.benchmarks.setup.MeasuredProcess;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.embedder.onnx.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Loads a model in a process of its own and tells how much anonymous memory each stage took. */
final class MemoryProbe {
  private static final int WARM_TOKENS = 1024;
  private static final int HEAP_MEGABYTES = 256;

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
    double[] bytes =
        MeasuredProcess.numbers(HEAP_MEGABYTES, MemoryProbe.class, "memory", model.toString());
    double[] seconds =
        MeasuredProcess.numbers(HEAP_MEGABYTES, MemoryProbe.class, "load", model.toString());
    return new Stages(
        (long) bytes[0],
        (long) bytes[1],
        (long) bytes[2],
        (long) bytes[3],
        (long) bytes[4],
        seconds[0]);
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
    bytes.add(MeasuredProcess.anonymousBytes());
    try (TextTokenizer tokenizer = TextTokenizer.open(model.tokenizerFile(), 512)) {
      TokenIds text = tokenizer.tokenise("search_document: " + "word ".repeat(120));
      bytes.add(MeasuredProcess.anonymousBytes());
      try (OnnxSession session = OnnxSession.open(model, 1)) {
        bytes.add(MeasuredProcess.anonymousBytes());
        int copies = WARM_TOKENS / text.length();
        session.run(
            dev.streambed.embedder.onnx.TokenBatch.pad(Collections.nCopies(copies, text)),
            "pooled");
        bytes.add(MeasuredProcess.anonymousBytes());
        bytes.add(MeasuredProcess.fileBytes());
      }
    }
    System.out.println(String.join(" ", bytes.stream().map(String::valueOf).toList()));
  }
}
