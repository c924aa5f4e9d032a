package dev.streambed.importer.nomic.graph;

import dev.streambed.importer.nomic.graph.linear.Linear;

/** y = gelu(x W1^T + b1) W2^T + b2. */
final class DenseFeedForward implements FeedForward {
  private final Network network;

  DenseFeedForward(Network network) {
    this.network = network;
  }

  @Override
  public String append(String name, String x, String tensors) {
    Linear linear = network.linear();
    String inner =
        network.project(name + "/inner", linear.prepare(name + "/input", x), tensors + "fc1");
    String active = network.gelu(name + "/gelu", inner);
    return network.project(
        name, linear.prepareActivated(name + "/active", active), tensors + "fc2");
  }
}
