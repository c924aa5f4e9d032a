package dev.streambed.benchmarks.setup;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
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

  /** Its version and settings, for results. */
  public static Map<String, String> facts() {
    return Map.of(FACT, environment().getVersion());
  }
}
