package dev.streambed.operator;

import dev.streambed.embedder.TextEmbedder;
import java.io.Serializable;
import java.util.OptionalInt;

/** Opens an embedder in the task slot that will use it; travels with the job graph. */
@FunctionalInterface
public interface TextEmbedderFactory extends Serializable {
  /**
   * Opens and warms up an embedder, which the caller closes.
   *
   * @param gpu CUDA index of the GPU that the slot may use; empty if Flink assigned none
   * @throws dev.streambed.embedder.InvalidModelException if the model cannot be used, or not as it
   *     was asked for
   */
  TextEmbedder open(OptionalInt gpu);

  /**
   * Frees what outlives the embedders, because the class loader of the job ends. All of them are
   * closed, and none is opened any more. By default there is nothing.
   */
  default void unload() {}
}
