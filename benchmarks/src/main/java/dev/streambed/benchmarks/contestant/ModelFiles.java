package dev.streambed.benchmarks.contestant;

import java.nio.file.Path;
import org.apache.flink.annotation.Internal;

/**
 * The model in the forms that contestants take.
 *
 * @param folder holds the files named here
 */
@Internal
public record ModelFiles(Path folder) {
  /** The encoder as its makers published it. */
  public Path onnx() {
    return folder.resolve("model.onnx");
  }

  /** Its tokenizer.json, truncating at {@link #MAX_TOKENS}, without padding. */
  public Path tokenizer() {
    return folder.resolve("tokenizer.json");
  }

  /** The same model as Streambed imports it. */
  public Path streambed() {
    return folder.resolve("streambed");
  }

  /** Tokens of a text, special ones included, for every contestant. */
  public static final int MAX_TOKENS = 256;
}
