package dev.streambed.importer;

import dev.streambed.embedder.Precision;
import dev.streambed.importer.graph.ExpertForm;
import dev.streambed.importer.graph.GraphOptions;
import java.util.Locale;

/**
 * How far a graph may be from the reference.
 *
 * @param component largest difference of a unit vector's component
 * @param cosine least cosine
 * @param hiddenState largest difference of a hidden state that is not worth a mention
 */
record SelfCheckLimits(double component, double cosine, double hiddenState) {
  static SelfCheckLimits of(GraphOptions options) {
    if (options.precision() == Precision.FP32) {
      // Rounding gives 1e-6; the smallest planted mistake, tanh GELU, 1.3e-4, and the fused
      // operator uses tanh.
      return options.experts() == ExpertForm.FUSED
          ? new SelfCheckLimits(1e-3, 0.99999, 2e-2)
          : new SelfCheckLimits(1e-5, 0.9999999, 1e-3);
    }
    // Lower precision may choose other experts for some tokens, which moves a whole vector: only
    // the cosine tells.
    return options.precision() == Precision.FP16
        ? new SelfCheckLimits(1, 0.999, 0.5)
        : new SelfCheckLimits(1, 0.99, 0.5);
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
