package dev.streambed.operator;

import dev.streambed.embedder.TextEmbedder;
import java.io.Serializable;
import java.util.OptionalInt;
import org.apache.flink.annotation.PublicEvolving;

/**
 * Opens an embedder in the task slot that will use it; travels with the job graph. A lambda will
 * do.
 */
@PublicEvolving
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
   * Frees what outlives the embedders beside ONNX Runtime, because the class loader of the job
   * ends. All embedders are closed, and none is opened any more. Called on one factory of each
   * class. By default there is nothing; ONNX Runtime is freed in any case.
   */
  default void unload() {}
}
