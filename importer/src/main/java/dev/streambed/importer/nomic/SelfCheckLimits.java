package dev.streambed.importer.nomic;

import dev.streambed.importer.nomic.graph.ExpertForm;
import dev.streambed.importer.nomic.graph.GraphOptions;
import java.util.Locale;

/**
 * The largest difference of a graph from the reference.
 *
 * @param component largest difference of a unit vector's component
 * @param cosine least cosine
 * @param hiddenState largest difference of a hidden state that is not worth a mention
 */
record SelfCheckLimits(double component, double cosine, double hiddenState) {
  /** Rounding in 32 bits gives 1e-6; the smallest planted mistake, tanh GELU, 1.3e-4. */
  static final SelfCheckLimits FLOAT = new SelfCheckLimits(1e-5, 0.9999999, 1e-3);

  /** The fused operator has the tanh GELU. */
  private static final SelfCheckLimits TANH = new SelfCheckLimits(1e-3, 0.99999, 2e-2);

  /*
   * A lower precision chooses other experts for some tokens, which moves the vector of a short text as a whole; of
   * random weights, whose experts have nothing in common, farther than of trained ones. Measured on generated weights
   * of the full size: 0.95 for 8 bits. The comparison in 32 bits has already shown that the network is right.
   */
  private static final SelfCheckLimits HALF = new SelfCheckLimits(1, 0.95, 0.5);
  private static final SelfCheckLimits EIGHT_BITS = new SelfCheckLimits(1, 0.85, 0.5);

  static SelfCheckLimits of(GraphOptions options) {
    return switch (options.precision()) {
      case FP32 -> options.experts() == ExpertForm.FUSED ? TANH : FLOAT;
      case FP16 -> HALF;
      case INT8, INT4 -> EIGHT_BITS;
    };
  }

  boolean admit(Deviation deviation) {
    return deviation.largest() <= component && deviation.smallestCosine() >= cosine;
  }

  @Override
  public String toString() {
    return component < 1
        ? String.format(Locale.ROOT, "at most %.0e is allowed", component)
        : String.format(Locale.ROOT, "a cosine of at least %s is needed", cosine);
  }
}
