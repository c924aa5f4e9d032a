package dev.streambed.benchmarks.serve;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.PreparedModel;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The things that all parts of the benchmark share.
 *
 * @param embedder the model, in this process, without a server; its owner is this
 * @param length of a measurement whose end is a matter of time
 */
record ServeSettings(
    Path work,
    ModelFiles model,
    OnnxTextEmbedder embedder,
    List<String> texts,
    int rounds,
    Duration length)
    implements AutoCloseable {
  static ServeSettings prepare(List<String> texts, int rounds, Duration length) throws IOException {
    Path work = Files.createDirectories(BenchmarkFolders.work());
    ModelFiles model = PreparedModel.in(work.resolve("model"), Progress::say);
    OnnxTextEmbedder embedder =
        OnnxTextEmbedder.open(ModelDirectory.open(model.streambed()), EmbedderOptions.DEFAULT);
    return new ServeSettings(work, model, embedder, texts, rounds, length);
  }

  /** Tokens of all texts. */
  long tokens() {
    return texts.stream().mapToLong(text -> embedder.tokenise(text, null).length()).sum();
  }

  /** Runs of the model that overlap, in a server as in a batcher. */
  static int workers() {
    return Runtime.getRuntime().availableProcessors();
  }

  @Override
  public void close() {
    embedder.close();
  }
}
