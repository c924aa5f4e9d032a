package dev.streambed.importer.nomic.graph;

import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;

/**
 * Cosines and sines of {@code position * base^(-2 lane / D)}, computed in double precision:
 * constants [positions, D / 2].
 */
record RotaryTables(String cos, String sin) {
  /**
   * Adds both tables to a graph.
   *
   * @param positions longest text
   */
  public static RotaryTables add(GraphBuilder graph, CheckpointConfig config, int positions) {
    int half = config.headSize() / 2;
    float[][] cos = new float[positions][half];
    float[][] sin = new float[positions][half];
    for (int position = 0; position < positions; position++) {
      for (int lane = 0; lane < half; lane++) {
        double angle = position / Math.pow(config.rotaryBase(), 2.0 * lane / config.headSize());
        cos[position][lane] = (float) Math.cos(angle);
        sin[position][lane] = (float) Math.sin(angle);
      }
    }
    return new RotaryTables(graph.matrix("rotary/cos", cos), graph.matrix("rotary/sin", sin));
  }
}
