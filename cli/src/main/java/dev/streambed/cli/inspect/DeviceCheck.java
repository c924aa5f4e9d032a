package dev.streambed.cli.inspect;

import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.GraphProfile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The check of {@code streambed inspect --device}: where the nodes of the graph really run, and
 * whether a GPU's vectors equal the CPU's.
 */
final class DeviceCheck {
  static final String CUDA_PROVIDER = "CUDAExecutionProvider";

  private static final int SAMPLE_TEXTS = 64;
  private static final int BATCH = 16;

  // A GPU may multiply floats with 10 bits of mantissa (TF32), and adds in another order.
  private static final double LEAST_COSINE = 0.999;

  private final ModelDirectory model;
  private final List<String> texts;

  /**
   * @param texts samples; the check takes some of them
   */
  DeviceCheck(ModelDirectory model, List<String> texts) {
    this.model = model;
    this.texts = texts.subList(0, Math.min(SAMPLE_TEXTS, texts.size()));
  }

  /** Prints where each node runs; false if that is not the device that was asked for. */
  boolean checkProvider(TextEmbedder embedder) {
    Device device = embedder.device();
    List<TokenIds> batch = tokenise(embedder).subList(0, 1);
    Map<String, Integer> nodes =
        Progress.during(
            () -> GraphProfile.nodesByProvider(model, device, batch),
            System.err,
            () -> "profiling " + model.path());
    boolean passed = device.isCpu() || nodes.containsKey(CUDA_PROVIDER);
    InspectCommand.print(
        passed ? "nodes run" : "MISSED",
        nodes.entrySet().stream()
            .map(entry -> "%,d on %s".formatted(entry.getValue(), entry.getKey()))
            .collect(Collectors.joining(", ")));
    return passed;
  }

  /** Compares the vectors with the CPU's, and prints the difference; false if it is too large. */
  boolean compare(TextEmbedder embedder, TextEmbedder onCpu) {
    Difference difference = new Difference();
    List<float[]> found = vectors(embedder);
    List<float[]> expected = vectors(onCpu);
    for (int i = 0; i < found.size(); i++) {
      difference.add(found.get(i), expected.get(i));
    }
    boolean passed = difference.leastCosine() >= LEAST_COSINE;
    InspectCommand.print(passed ? "vectors" : "MISSED", difference.toString());
    return passed;
  }

  private List<float[]> vectors(TextEmbedder embedder) {
    List<TokenIds> tokens = tokenise(embedder);
    List<float[]> vectors = new ArrayList<>();
    for (int start = 0; start < tokens.size(); start += BATCH) {
      List<TokenIds> batch = tokens.subList(start, Math.min(tokens.size(), start + BATCH));
      embedder.embed(batch).stream().map(Embedding::vector).forEach(vectors::add);
    }
    return vectors;
  }

  private List<TokenIds> tokenise(TextEmbedder embedder) {
    return texts.stream().map(text -> embedder.tokenise(text, null)).toList();
  }

  /** The difference of unit vectors from those that they should equal. */
  static final class Difference {
    private int vectors;
    private double cosines;
    private double leastCosine = 1;
    private double largestDifference;

    void add(float[] found, float[] expected) {
      double cosine = 0;
      for (int i = 0; i < expected.length; i++) {
        cosine += (double) found[i] * expected[i];
        largestDifference = Math.max(largestDifference, Math.abs((double) found[i] - expected[i]));
      }
      vectors++;
      cosines += cosine;
      leastCosine = Math.min(leastCosine, cosine);
    }

    double leastCosine() {
      return leastCosine;
    }

    @Override
    public String toString() {
      return "against the CPU's: cosine at least %.6f, %.6f on average; components differ by at most %.1e (%d texts)"
          .formatted(leastCosine, cosines / vectors, largestDifference, vectors);
    }
  }
}
