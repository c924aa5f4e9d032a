package dev.streambed.importer.nomic.graph;

import org.apiguardian.api.API;

/** The feed-forward block of a layer, without its residual connection: [N, H] to [N, H]. */
@API(status = API.Status.INTERNAL)
public interface FeedForward {
  /**
   * Appends the block of one layer.
   *
   * @param name path of the block's nodes
   * @param x name of its input
   * @param tensors the beginning of the names of its tensors
   * @return name of its result
   */
  String append(String name, String x, String tensors);
}
