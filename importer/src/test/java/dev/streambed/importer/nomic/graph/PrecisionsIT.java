package dev.streambed.importer.nomic.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.Golden;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Graphs other than the 32-bit routed one against the tiny goldens. The tolerances are for random
 * weights, whose experts have nothing in common: a token whose choice flips moves its vector
 * farther than in a trained model.
 */
class PrecisionsIT {
  @TempDir Path directory;
  private Checkpoint checkpoint;

  @BeforeEach
  void openCheckpoint() throws IOException {
    checkpoint = Checkpoint.open(TestCheckpoints.write(TestCheckpoints.TINY, directory));
  }

  @Test
  void copied32BitWeightsPassTheGate() throws IOException {
    assertThat(difference(Precision.FP32, ExpertForm.ROUTED)).isLessThan(GoldenGate.GATE);
  }

  @Test
  void fusedExpertsDifferByTheirTanhGeluAlone() throws IOException {
    double difference = difference(Precision.FP32, ExpertForm.FUSED);

    // Half of the layers have the mistake that is measured as TanhGelu: 1.3e-4, at truncated
    // lengths more.
    assertThat(difference).isBetween(GoldenGate.GATE, 5e-4);
  }

  @Test
  void halfPrecisionStaysWithinItsRounding() throws IOException {
    assertThat(cosine(Precision.FP16, ExpertForm.ROUTED)).isGreaterThan(0.9999);
  }

  @Test
  void fusedExpertsInHalfPrecisionStayWithinItsRounding() throws IOException {
    assertThat(cosine(Precision.FP16, ExpertForm.FUSED)).isGreaterThan(0.9999);
  }

  @Test
  void eightBitsStayWithinTheirRounding() throws IOException {
    assertThat(cosine(Precision.INT8, ExpertForm.ROUTED)).isGreaterThan(0.99);
  }

  /** Where the processor has no VNNI both are the unsigned form. */
  @Test
  void eightBitWeightsGiveTheSameVectorsSignedAndUnsigned() throws IOException {
    ModelProto graph = build(Precision.INT8, ExpertForm.ROUTED);

    List<float[]> asTheProcessorLikes = pooled(graph);
    System.setProperty("streambed.unsigned-weights", "true");
    try {
      assertThat(pooled(graph)).containsExactlyElementsOf(asTheProcessorLikes);
    } finally {
      System.clearProperty("streambed.unsigned-weights");
    }
  }

  private List<float[]> pooled(ModelProto graph) throws IOException {
    Path folder = directory.toRealPath();
    try (OnnxSession session = OnnxSession.open(graph.toByteArray(), folder, 1)) {
      return Golden.read("tiny").cases().stream()
          .map(one -> session.run(one.batch(), NomicGraph.OUTPUT).values())
          .toList();
    }
  }

  @Test
  void eightBitWeightsTakeAQuarterOfTheSpace() throws IOException {
    build(Precision.INT8, ExpertForm.ROUTED);

    long words = 1024L * 64; // the word table stays 32-bit
    long others = 724_928 - words;
    assertThat(Files.size(weights()))
        .isBetween(4 * words + others, (long) (1.1 * (4 * words + others)));
  }

  @Test
  void fusedExpertsHaveNo8BitForm() {
    assertThatThrownBy(() -> new GraphOptions(Precision.INT8, ExpertForm.FUSED, 512))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the fused operator has no int8 form");
  }

  private double difference(Precision precision, ExpertForm experts) throws IOException {
    return GoldenGate.largestDifference(
        Golden.read("tiny"), build(precision, experts), directory.toRealPath());
  }

  private double cosine(Precision precision, ExpertForm experts) throws IOException {
    return GoldenGate.smallestCosine(
        Golden.read("tiny"), build(precision, experts), directory.toRealPath());
  }

  private ModelProto build(Precision precision, ExpertForm experts) throws IOException {
    return NomicGraph.copying(
        checkpoint, new GraphOptions(precision, experts, 512), weights(), bytes -> {});
  }

  private Path weights() {
    return directory.resolve("weights.bin");
  }
}
