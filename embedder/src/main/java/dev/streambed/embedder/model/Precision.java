package dev.streambed.embedder.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.apiguardian.api.API;

/** The arithmetic of a graph's large matrix products. */
@API(status = API.Status.EXPERIMENTAL)
public enum Precision {
  @JsonProperty("fp32")
  FP32,
  @JsonProperty("fp16")
  FP16,
  @JsonProperty("int8")
  INT8,
  /** Weights of 4 bits in blocks with a scale each; activations are not. */
  @JsonProperty("int4")
  INT4
}
