package dev.streambed.embedder.onnx;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.ModelDescription;
import java.util.Set;

/** The form of every graph: ids and mask in, one pooled vector per text out. */
final class GraphContract {
  private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask");

  private GraphContract() {}

  /**
   * Checks a graph against the description of its model.
   *
   * @throws InvalidModelException if it has other inputs, or another output than described
   */
  static void check(ModelDescription description, OnnxSession session) {
    if (!session.inputNames().equals(INPUTS)) {
      throw new InvalidModelException(
          "The graph has the inputs %s; input_ids and attention_mask are expected."
              .formatted(session.inputNames()));
    }
    for (String input : INPUTS) {
      checkSignature(session, input, "INT64 [-1, -1]");
    }
    checkSignature(
        session, description.output(), "FLOAT [-1, %d]".formatted(description.hiddenSize()));
  }

  private static void checkSignature(OnnxSession session, String name, String expected) {
    String found = session.signatureOf(name);
    if (!found.equals(expected)) {
      throw new InvalidModelException(
          "The graph has '%s' as %s; %s is expected (-1: any length)."
              .formatted(name, found.isEmpty() ? "nothing" : found, expected));
    }
  }
}
