package dev.streambed.importer.nomic;

import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.TextTokenizer;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.graph.ExpertForm;
import dev.streambed.importer.nomic.graph.GraphOptions;
import dev.streambed.importer.nomic.graph.NomicGraph;
import dev.streambed.importer.nomic.graph.ProductInputs;
import dev.streambed.importer.nomic.graph.linear.TypicalInputs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Finds what the weights of a checkpoint are multiplied with, for their rounding to 8 bits: the
 * 32-bit graph embeds texts in many languages.
 */
final class Calibration {
  /** One text per line. */
  private static final String TEXTS = "calibration-texts.txt";

  private Calibration() {}

  /**
   * Embeds the texts, one after the other, on one thread.
   *
   * @param checkpoint for which {@link Checkpoint#isStoredAsFloat} is true
   * @param maxTokens texts are cut to so many
   */
  static Map<String, TypicalInputs> run(Checkpoint checkpoint, int maxTokens) {
    var options = new GraphOptions(Precision.FP32, ExpertForm.ROUTED, maxTokens);
    var inputs = ProductInputs.of(NomicGraph.referencing(checkpoint, options));
    try (TextTokenizer tokenizer = TextTokenizer.open(checkpoint.tokenizerFile(), maxTokens);
        OnnxSession session =
            OnnxSession.open(
                inputs.graph().toByteArray(),
                checkpoint.weightsFile().getParent(),
                /* intraOpThreads= */ 1)) {
      for (String text : texts()) {
        TokenIds ids = tokenizer.tokenise(text);
        inputs.add(session.run(TokenBatch.pad(List.of(ids)), ProductInputs.OUTPUT).values());
      }
    }
    return inputs.byWeight();
  }

  static List<String> texts() {
    try (InputStream in = Calibration.class.getResourceAsStream(TEXTS)) {
      if (in == null) {
        throw new IllegalStateException(TEXTS + " is not on the class path.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + TEXTS + ".", e);
    }
  }
}
