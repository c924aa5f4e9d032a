package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.benchmarks.setup.MeasuredProcess;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.operator.OnnxTextEmbedderFactory;
import dev.streambed.operator.SessionSharing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/**
 * Opens the model as the slots of a TaskManager do, in a process of its own, and tells how much
 * anonymous memory that takes.
 */
final class SessionMemory {
  private static final int HEAP_MEGABYTES = 256;
  private static final double MEGA = 1e6;

  private SessionMemory() {}

  /**
   * Measures a way in a new process.
   *
   * @param texts file with a text in each line, which are embedded first
   * @return MB beyond those of an idle JVM
   */
  static double megabytes(Path model, Way way, int cores, Path texts)
      throws IOException, InterruptedException {
    double[] bytes =
        MeasuredProcess.numbers(
            HEAP_MEGABYTES,
            SessionMemory.class,
            model.toString(),
            way.sharing().name(),
            Integer.toString(way.slots(cores)),
            Integer.toString(way.workers(cores)),
            texts.toString());
    return (bytes[1] - bytes[0]) / MEGA;
  }

  /** Runs in the new process: {@code MODEL SHARING SLOTS WORKERS TEXTS}. */
  public static void main(String[] arguments) throws Exception {
    long idle = MeasuredProcess.anonymousBytes();
    ModelDirectory model = ModelDirectory.open(Path.of(arguments[0]));
    var embedders =
        new OnnxTextEmbedderFactory(
            arguments[0],
            EmbedderOptions.DEFAULT,
            model.digest(),
            SessionSharing.valueOf(arguments[1]));
    int workers = Integer.parseInt(arguments[3]);
    List<AutoCloseable> opened = new ArrayList<>();
    List<MicroBatcher> slots = new ArrayList<>();
    for (int slot = 0; slot < Integer.parseInt(arguments[2]); slot++) {
      TextEmbedder embedder = embedders.open(OptionalInt.empty());
      var batcher =
          new MicroBatcher(
              embedder, BatchPolicy.DEFAULT, new BatcherOptions(workers, Integer.MAX_VALUE, 0));
      opened.add(0, embedder);
      opened.add(0, batcher);
      slots.add(batcher);
    }
    List<CompletableFuture<Embedding>> results = new ArrayList<>();
    for (String text : Files.readAllLines(Path.of(arguments[4]))) {
      results.add(slots.get(results.size() % slots.size()).submit(text, /* promptName= */ null));
    }
    for (CompletableFuture<Embedding> result : results) {
      result.get();
    }
    System.out.println(idle + " " + MeasuredProcess.anonymousBytes());
    for (AutoCloseable each : opened) {
      each.close();
    }
  }
}
