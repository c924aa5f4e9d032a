package dev.streambed.benchmarks.moe;

import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.nomic.graph.NomicGraph;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** How well vectors agree: 8 bits with 32, and a text alone with the same text in a batch. */
final class MoeAgreement {
  private static final int BATCHES = 6;
  private static final int TEXTS = 16;
  private static final int[][] LENGTHS = {{8, 64}, {64, 128}, {128, 256}}; // shortest, longest

  private MoeAgreement() {}

  /** Each graph chooses experts by itself. */
  static void cosines(
      OnnxSession int8, OnnxSession float32, int vocabulary, Random random, MoeReport report) {
    List<Double> means = new ArrayList<>();
    for (int[] lengths : LENGTHS) {
      TokenBatch batch = batch(random, lengths, vocabulary);
      double mean = mean(cosines(run(int8, batch), run(float32, batch), TEXTS));
      means.add(mean);
      report.figure(
          "mean cosine of 8-bit and 32-bit, texts of %d to %d tokens"
              .formatted(lengths[0], lengths[1]),
          "cosine",
          List.of(mean));
    }
    report.atLeast(
        "mean cosine of 8-bit and 32-bit, all lengths", "cosine", 0.999, List.of(mean(means)));
  }

  /**
   * The 8-bit products with the experts that the 32-bit graph chose.
   *
   * @param both as of {@link SharedRouting}
   */
  static void cosinesWithTheSameExperts(
      OnnxSession both, int vocabulary, Random random, MoeReport report) {
    List<Double> cosines = new ArrayList<>();
    for (int[] lengths : LENGTHS) {
      TokenBatch batch = batch(random, lengths, vocabulary);
      float[] int8 = both.run(batch, SharedRouting.SECOND_OUTPUT).values();
      cosines.addAll(cosines(int8, run(both, batch), TEXTS));
    }
    report.atLeast(
        "mean cosine of 8-bit and 32-bit, all lengths, with the experts that 32 bits choose",
        "cosine",
        0.999,
        List.of(mean(cosines)));
    report.figure(
        "the lowest of these",
        "cosine",
        List.of(cosines.stream().min(Double::compare).orElseThrow()));
  }

  private static TokenBatch batch(Random random, int[] lengths, int vocabulary) {
    return SampleBatch.mixedLengths(random, TEXTS, lengths[0], lengths[1], vocabulary).batch();
  }

  static void invariance(
      OnnxSession session, Precision precision, int vocabulary, Random random, MoeReport report) {
    int same = 0;
    int count = 0;
    for (int i = 0; i < BATCHES; i++) {
      var batch = SampleBatch.mixedLengths(random, 8, 4, 4 + 40 * i + 20, vocabulary);
      float[] together = run(session, batch.batch());
      int width = together.length / batch.texts().size();
      for (int text = 0; text < batch.texts().size(); text++) {
        List<TokenIds> one = List.of(batch.texts().get(text));
        float[] alone = run(session, TokenBatch.pad(one));
        float[] shared = Arrays.copyOfRange(together, text * width, (text + 1) * width);
        same += Arrays.equals(alone, shared) ? 1 : 0;
        count++;
      }
    }
    report.atLeast(
        "texts whose vector is bit-equal alone and in a batch, %s, of %d"
            .formatted(precision, count),
        "texts",
        count,
        List.of((double) same));
  }

  /** Compares the vectors of two sessions of one model. */
  static void sameBits(OnnxSession one, OnnxSession other, SampleBatch texts, MoeReport report) {
    int count = texts.texts().size();
    float[] ones = run(one, texts.batch());
    float[] others = run(other, texts.batch());
    int width = ones.length / count;
    int same = 0;
    for (int text = 0; text < count; text++) {
      int start = text * width;
      same += Arrays.equals(ones, start, start + width, others, start, start + width) ? 1 : 0;
    }
    report.atLeast(
        "texts whose vector is bit-equal with signed and unsigned weights, of " + count,
        "texts",
        count,
        List.of((double) same));
  }

  private static float[] run(OnnxSession session, TokenBatch batch) {
    return session.run(batch, NomicGraph.OUTPUT).values();
  }

  private static List<Double> cosines(float[] one, float[] other, int rows) {
    int width = one.length / rows;
    List<Double> cosines = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      double dot = 0;
      double ones = 0;
      double others = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        dot += (double) one[i] * other[i];
        ones += (double) one[i] * one[i];
        others += (double) other[i] * other[i];
      }
      cosines.add(dot / Math.sqrt(ones * others));
    }
    return cosines;
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(value -> value).average().orElseThrow();
  }
}
