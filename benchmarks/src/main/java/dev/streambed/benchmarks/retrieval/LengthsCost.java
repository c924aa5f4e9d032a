package dev.streambed.benchmarks.retrieval;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.importer.ImportProgress;
import dev.streambed.importer.onnx.OnnxImport;
import dev.streambed.importer.onnx.OnnxImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures the cost of a second vector per text: both ways share a session, and embed the same
 * texts in turns.
 *
 * @param one texts per second with the full length alone
 * @param both with a second, shorter one
 */
record LengthsCost(Measurement one, Measurement both) {
  private static final int SHORTER = 128;
  private static final double NANOS = 1e9;

  static LengthsCost measure(ModelFiles files, List<String> texts, int rounds)
      throws IOException, InterruptedException {
    ModelDirectory model = model(files);
    int full = model.description().dimensions().maximum();
    int workers = Runtime.getRuntime().availableProcessors();
    List<Double> one = new ArrayList<>();
    List<Double> both = new ArrayList<>();
    EmbedderOptions options = EmbedderOptions.DEFAULT.withDimensions(full);
    try (var embedder = OnnxTextEmbedder.open(model, options);
        var second = embedder.lease(options.withDimensions(List.of(full, SHORTER)))) {
      for (int round = 0; round <= rounds; round++) { // the first warms up
        double rateOfOne = textsPerSecond(embedder, texts, workers);
        double rateOfBoth = textsPerSecond(second, texts, workers);
        if (round > 0) {
          one.add(rateOfOne);
          both.add(rateOfBoth);
        }
        Progress.say("lengths, round %d of %d".formatted(round, rounds));
      }
    }
    return new LengthsCost(
        Measurement.of("[%d]".formatted(full), one),
        Measurement.of("[%d, %d]".formatted(full, SHORTER), both));
  }

  /** The sample's model, as if it had been trained for shorter lengths: it costs the same. */
  private static ModelDirectory model(ModelFiles files) throws IOException {
    Path folder = files.folder().resolve("lengths");
    if (!Files.exists(folder)) {
      OnnxImporter.importTo(
          OnnxImport.of(files.onnx(), files.tokenizer())
              .withName("all-MiniLM-L6-v2")
              .withMaxTokens(ModelFiles.MAX_TOKENS)
              .withMinimumDimensions(SHORTER),
          folder,
          ImportProgress.NONE);
    }
    return ModelDirectory.open(folder);
  }

  private static double textsPerSecond(TextEmbedder embedder, List<String> texts, int workers)
      throws InterruptedException {
    try (var batcher =
        new MicroBatcher(embedder, BatchPolicy.DEFAULT, workers, texts.size(), Thread::new)) {
      long start = System.nanoTime();
      batcher.embedAll(texts, null);
      return texts.size() / ((System.nanoTime() - start) / NANOS);
    }
  }
}
