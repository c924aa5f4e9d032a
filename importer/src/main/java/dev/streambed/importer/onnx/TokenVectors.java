package dev.streambed.importer.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.importer.published.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The output of an encoder that holds a vector for each token.
 *
 * @param size length of such a vector
 */
record TokenVectors(String output, int size) {
  /** The names that the exporters of transformers and sentence-transformers use. */
  private static final List<String> NAMES = List.of("last_hidden_state", "token_embeddings");

  private static final int RANK = 3; // [batch, sequence, hidden]

  /**
   * Finds the output of one of the usual names, or else the only one of the right shape.
   *
   * @param size of a vector, and who says so; for a graph that leaves it open
   * @throws InvalidModelException if there is no such output
   */
  static TokenVectors find(Path file, GraphProto graph, Optional<Finding<Integer>> size) {
    ValueInfoProto output = output(file, graph);
    TensorShapeProto shape = check(file, output);
    long stated = shape.getDim(RANK - 1).getDimValue();
    if (stated > 0) {
      return new TokenVectors(output.getName(), Math.toIntExact(stated));
    }
    return new TokenVectors(
        output.getName(),
        size.orElseThrow(
                () ->
                    new InvalidModelException(
                        "Output '%s' of ONNX model %s is %s: its last axis, the hidden size, must be a number. Put the model's config.json beside it, or export it with that axis fixed."
                            .formatted(output.getName(), file, Signatures.of(output))))
            .value());
  }

  private static ValueInfoProto output(Path file, GraphProto graph) {
    for (String name : NAMES) {
      for (ValueInfoProto output : graph.getOutputList()) {
        if (output.getName().equals(name)) {
          return output;
        }
      }
    }
    List<ValueInfoProto> right =
        graph.getOutputList().stream().filter(output -> rank(output) == RANK).toList();
    if (right.size() == 1) {
      return right.get(0);
    }
    throw none(file, graph, right.isEmpty());
  }

  private static InvalidModelException none(Path file, GraphProto graph, boolean isMissing) {
    List<String> outputs =
        graph.getOutputList().stream()
            .map(output -> output.getName() + " " + Signatures.of(output))
            .toList();
    boolean pooled = graph.getOutputList().stream().allMatch(output -> rank(output) == 2);
    String advice =
        pooled
            ? " It is already pooled, or no encoder: export the encoder without its pooling."
            : isMissing
                ? " One is needed that is float32 [batch, sequence, hidden]."
                : " Several are [batch, sequence, hidden]: name the right one so when you export it.";
    return new InvalidModelException(
        "ONNX model %s has no output '%s' (outputs: %s).%s"
            .formatted(file, NAMES.get(0), String.join(", ", outputs), advice));
  }

  private static TensorShapeProto check(Path file, ValueInfoProto output) {
    String name = output.getName();
    if (output.getType().getTensorType().getElemType() != TensorProto.DataType.FLOAT.getNumber()) {
      throw new InvalidModelException(
          "Output '%s' of ONNX model %s is %s; must be float32."
              .formatted(name, file, Signatures.of(output)));
    }
    if (rank(output) == 2) {
      throw new InvalidModelException(
          "Output '%s' of ONNX model %s is already pooled: %s; pooling needs [batch, sequence, hidden]."
              .formatted(name, file, Signatures.of(output)));
    }
    if (rank(output) != RANK) {
      throw new InvalidModelException(
          "Output '%s' of ONNX model %s is %s; pooling needs [batch, sequence, hidden]."
              .formatted(name, file, Signatures.of(output)));
    }
    return output.getType().getTensorType().getShape();
  }

  private static int rank(ValueInfoProto output) {
    return output.getType().getTensorType().getShape().getDimCount();
  }
}
