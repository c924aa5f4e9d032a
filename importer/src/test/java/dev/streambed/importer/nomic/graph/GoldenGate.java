package dev.streambed.importer.nomic.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxSession.FloatTensor;
import dev.streambed.importer.nomic.checkpoint.Golden;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs a graph on all golden cases and measures the difference of its unit embeddings from the
 * goldens.
 */
final class GoldenGate {
  /**
   * A right graph in 32-bit floats is ten times nearer, and each of the 13 planted mistakes ten
   * times farther.
   */
  static final double GATE = 1e-5;

  private GoldenGate() {}

  /** Largest difference of any component of any unit embedding, at all dimensions of the golden. */
  static double largestDifference(Golden golden, ModelProto graph, Path directory) {
    return largestDifference(golden, golden.dimensions(), graph, directory);
  }

  static double largestDifference(
      Golden golden, List<Integer> allDimensions, ModelProto graph, Path directory) {
    double largest = 0;
    try (OnnxSession session = OnnxSession.open(graph.toByteArray(), directory, 1)) {
      for (Golden.Case one : golden.cases()) {
        FloatTensor pooled = session.run(one.batch(), NomicGraph.OUTPUT);
        for (int dimensions : allDimensions) {
          largest = Math.max(largest, difference(one, pooled, dimensions));
        }
      }
    }
    return largest;
  }

  /** Least cosine of any full-length embedding with its golden. */
  static double smallestCosine(Golden golden, ModelProto graph, Path directory) {
    double smallest = 1;
    try (OnnxSession session = OnnxSession.open(graph.toByteArray(), directory, 1)) {
      for (Golden.Case one : golden.cases()) {
        FloatTensor pooled = session.run(one.batch(), NomicGraph.OUTPUT);
        int hidden = (int) pooled.shape()[1];
        for (int row = 0; row < pooled.shape()[0]; row++) {
          double dot = 0;
          double squares = 0;
          for (int i = 0; i < hidden; i++) {
            double value = pooled.values()[row * hidden + i];
            dot += value * one.embedding(hidden, row, i);
            squares += value * value;
          }
          smallest = Math.min(smallest, dot / Math.sqrt(squares));
        }
      }
    }
    return smallest;
  }

  private static double difference(Golden.Case one, FloatTensor pooled, int dimensions) {
    int hidden = (int) pooled.shape()[1];
    double largest = 0;
    for (int row = 0; row < pooled.shape()[0]; row++) {
      double squares = 0;
      for (int i = 0; i < dimensions; i++) {
        squares += Math.pow(pooled.values()[row * hidden + i], 2);
      }
      for (int i = 0; i < dimensions; i++) {
        double found = pooled.values()[row * hidden + i] / Math.sqrt(squares);
        largest = Math.max(largest, Math.abs(found - one.embedding(dimensions, row, i)));
      }
    }
    return largest;
  }
}
