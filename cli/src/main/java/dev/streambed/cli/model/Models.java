package dev.streambed.cli.model;

import dev.streambed.cli.terminal.Progress;
import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.nio.file.Path;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/** Opens the model of a command: a model directory, or the default model. */
@Internal
public final class Models {
  private Models() {}

  /** Opens a model directory; null opens the default model. */
  public static ModelDirectory open(@Nullable Path directory) {
    if (directory == null) {
      return DefaultModel.open(new ImportSteps(Progress::say, System::nanoTime));
    }
    return Progress.during(
        () -> ModelDirectory.open(directory),
        System.err,
        () -> "checking the files of " + directory);
  }

  public static OnnxTextEmbedder load(ModelDirectory model, EmbedderOptions options) {
    return Progress.during(
        () -> OnnxTextEmbedder.open(model, options), System.err, () -> "loading " + model.path());
  }
}
