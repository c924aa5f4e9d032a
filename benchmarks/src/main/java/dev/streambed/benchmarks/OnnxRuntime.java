package dev.streambed.benchmarks;

import ai.onnxruntime.OrtEnvironment;
import java.util.Map;

/** What is told about the runtime of a contestant. */
final class OnnxRuntime {
  static final String FACT = "onnxruntime";

  private OnnxRuntime() {}

  static Map<String, String> facts() {
    return Map.of(FACT, OrtEnvironment.getEnvironment().getVersion());
  }
}
