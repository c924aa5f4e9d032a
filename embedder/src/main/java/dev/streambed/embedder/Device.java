package dev.streambed.embedder;

import static dev.streambed.embedder.Requirements.check;

import org.apiguardian.api.API;

/**
 * The device that a model runs on.
 *
 * @param gpu CUDA index of the GPU; -1 for the CPU
 * @param fallback the reason why this is the CPU although a GPU was wanted; empty otherwise
 */
@API(status = API.Status.EXPERIMENTAL)
public record Device(int gpu, String fallback) {
  private static final int NO_GPU = -1;

  public static final Device CPU = new Device(NO_GPU, "");

  public Device {
    check(gpu >= NO_GPU, "gpu", gpu, "the index of a GPU, or -1 for the CPU");
    check(gpu == NO_GPU || fallback.isEmpty(), "fallback", fallback, "empty where a GPU is used");
  }

  public static Device cuda(int gpu) {
    check(gpu >= 0, "gpu", gpu, "at least 0");
    return new Device(gpu, "");
  }

  public static Device cpuBecause(String fallback) {
    return new Device(NO_GPU, fallback);
  }

  public boolean isCpu() {
    return gpu == NO_GPU;
  }

  /** For people: {@code cuda:1}, {@code cpu}, or {@code cpu, not a GPU: …}. */
  @Override
  public String toString() {
    if (!isCpu()) {
      return "cuda:" + gpu;
    }
    return fallback.isEmpty() ? "cpu" : "cpu, not a GPU: " + fallback;
  }
}
