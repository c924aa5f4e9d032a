package dev.streambed.benchmarks.setup;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.streambed.embedder.model.ExternalData;
import dev.streambed.embedder.model.ModelDirectory;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/** The runtime as the embedder has it, for those that use it without the embedder. */
@Internal
public final class OnnxRuntime {
  static final String FACT = "onnxruntime";

  private OnnxRuntime() {}

  /** The first to ask decides about logging: this is what OnnxSession asks for. */
  public static OrtEnvironment environment() {
    return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "streambed");
  }

  /** Names the folder of weights that lie outside of a model directory, if there are some. */
  public static void addExternalWeights(OrtSession.SessionOptions options, ModelDirectory model)
      throws OrtException {
    ExternalData outside = model.description().externalData();
    if (outside != null) {
      options.addConfigEntry(
          "session.model_external_initializers_file_folder_path",
          String.valueOf(Path.of(outside.path()).toAbsolutePath().getParent()));
    }
  }

  /** Its version and settings, for results. */
  public static Map<String, String> facts() {
    return Map.of(FACT, environment().getVersion());
  }
}
