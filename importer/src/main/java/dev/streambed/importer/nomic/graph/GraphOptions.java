package dev.streambed.importer.nomic.graph;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import org.apiguardian.api.API;

/**
 * The graph to build of a checkpoint.
 *
 * @param precision of weights and products with them; norms, routing, softmax and pooling are
 *     always 32-bit
 * @param experts how the layers with experts are computed
 * @param maxTokens longest text that the graph accepts, at least 3
 */
@API(status = API.Status.INTERNAL)
public record GraphOptions(Precision precision, ExpertForm experts, int maxTokens) {
  /** 32-bit, routed, and the 512 tokens that the published model is limited to. */
  public static final GraphOptions DEFAULT =
      new GraphOptions(Precision.FP32, ExpertForm.ROUTED, 512);

  public GraphOptions {
    check(maxTokens >= 3, "maxTokens", maxTokens, "at least 3");
    check(precision != Precision.INT4, "precision", "INT4", "FP32, FP16 or INT8");
    if (experts == ExpertForm.FUSED && precision == Precision.INT8) {
      throw new IllegalArgumentException(
          "Invalid value FUSED for experts: the fused operator has no int8 form.");
    }
  }

  /** True if the graph can use the checkpoint's own floats where they lie. */
  public boolean usesStoredFloats() {
    return precision == Precision.FP32 && experts != ExpertForm.FUSED;
  }

  /** The approximate bytes of the copied weights, for a progress bar. */
  public long weightBytes(Checkpoint checkpoint) {
    long words = (long) checkpoint.config().vocabularyRows() * checkpoint.config().hiddenSize();
    long others = checkpoint.parameters() - words;
    return switch (precision) {
      case FP32 -> Float.BYTES * (words + others);
      case FP16 -> Short.BYTES * (words + others);
      case INT8, INT4 -> Float.BYTES * words + others;
    };
  }
}
