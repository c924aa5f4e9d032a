package dev.streambed.cli;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.ModelDirectory;
import dev.streambed.embedder.OnnxTextEmbedder;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Opens what a command was told to use: a model directory, or the default model. */
final class Models {
  private Models() {}

  /** Opens a model directory; null opens the default model. */
  static ModelDirectory open(@Nullable Path directory) {
    if (directory == null) {
      return DefaultModel.open(line -> System.err.println("streambed: " + line));
    }
    return Progress.during(
        () -> ModelDirectory.open(directory),
        System.err,
        () -> "checking the files of " + directory);
  }

  static OnnxTextEmbedder load(ModelDirectory model, EmbedderOptions options) {
    return Progress.during(
        () -> OnnxTextEmbedder.open(model, options), System.err, () -> "loading " + model.path());
  }
}
