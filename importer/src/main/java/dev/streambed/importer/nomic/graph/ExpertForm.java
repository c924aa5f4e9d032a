package dev.streambed.importer.nomic.graph;

import org.apiguardian.api.API;

/** The form in which the layers with experts are computed. */
@API(status = API.Status.INTERNAL)
public enum ExpertForm {
  /** Only the chosen experts of each token, with standard operators. */
  ROUTED,
  /**
   * One {@code com.microsoft.MoE} node per layer, for CUDA, where the routed form waits for the
   * host. Its GELU is the tanh approximation, which moves a component of a unit vector by up to
   * about 3e-4.
   */
  FUSED
}
