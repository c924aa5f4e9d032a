package dev.streambed.operator;

import dev.streambed.embedder.TextEmbedder;
import java.io.Serializable;

/** Opens an embedder in the task slot that will use it; travels with the job graph. */
@FunctionalInterface
public interface TextEmbedderFactory extends Serializable {
  /**
   * Opens and warms up an embedder, which the caller closes.
   *
   * @throws dev.streambed.embedder.InvalidModelException if the model cannot be used
   */
  TextEmbedder open();
}
