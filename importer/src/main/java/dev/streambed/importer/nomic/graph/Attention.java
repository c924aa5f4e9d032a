package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import dev.streambed.importer.nomic.graph.linear.Linear;
import dev.streambed.importer.nomic.graph.linear.Matrix;
import java.util.List;

/**
 * Bidirectional self-attention with rotary positions: softmax(rope(q) rope(k)^T / sqrt(D)) v, over
 * the keys of the same text, then the output projection.
 */
final class Attention {
  private final Network network;
  private final GraphBuilder graph;
  private final CheckpointConfig config;
  private final RotaryTables rotary;

  /**
   * Makes the attention of one network.
   *
   * @param rotary tables for the longest text
   */
  Attention(Network network, RotaryTables rotary) {
    this.network = network;
    this.graph = network.graph();
    this.config = network.config();
    this.rotary = rotary;
  }

  /** Appends the block of one layer, without its residual connection: [N, H] to [N, H]. */
  public String append(String name, String x, String tensors) {
    Linear.Operand input = network.linear().prepare(name + "/input", x);
    // Wqkv holds the rows of all queries, then of all keys, then of all values; head a owns rows a
    // D to (a + 1) D of each.
    String query = rotate(name + "/query", projectThird(name + "/query/plain", input, tensors, 0));
    String key = rotate(name + "/key", projectThird(name + "/key/plain", input, tensors, 1));
    String value = projectThird(name + "/value", input, tensors, 2);

    String mixed = attend(name + "/mixed", query, key, value);
    Linear.Operand output = network.linear().prepare(name + "/output/input", mixed);
    return network.project(name + "/output", output, tensors + "out_proj");
  }

  private String projectThird(String name, Linear.Operand input, String tensors, int third) {
    int hidden = config.hiddenSize();
    var weight =
        Matrix.rowsOf(
            network.checkpoint().tensor(tensors + "Wqkv.weight"),
            tensors + "Wqkv.weight/" + third,
            third * hidden,
            hidden,
            Matrix.Layout.ROW_PER_OUTPUT);
    String bias =
        network.vectorSlice(
            tensors + "Wqkv.bias", tensors + "Wqkv.bias/" + third, third * hidden, hidden);
    String product = network.linear().multiply(name + "/product", input, weight);
    return graph.add("Add", name, List.of(product, bias));
  }

  /**
   * Each token is a text of its own here, [N, 1, H], so that any number of them fits the tables.
   */
  private String rotate(String name, String x) {
    String tokens = graph.add("Unsqueeze", name + "/tokens", List.of(x, graph.vector(1)));
    String rotated =
        graph.add(
            "RotaryEmbedding",
            name + "/rotated",
            List.of(tokens, rotary.cos(), rotary.sin(), network.packing().positions),
            attribute("num_heads", config.heads()),
            attribute("interleaved", 0)); // lanes l and l + D/2 turn together
    return graph.add("Squeeze", name, List.of(rotated, graph.vector(1)));
  }

  private String attend(String name, String query, String key, String value) {
    String mixed =
        graph.add(
            "Attention",
            name + "/attention",
            List.of(
                padded(name + "/query", query),
                padded(name + "/key", key),
                padded(name + "/value", value),
                network.packing().keyMask),
            attribute("q_num_heads", config.heads()),
            attribute("kv_num_heads", config.heads()),
            attribute("scale", (float) (1 / Math.sqrt(config.headSize()))),
            attribute("softmax_precision", DataType.FLOAT.getNumber()));
    String wide = network.linear().fromAttention(name + "/wide", mixed);
    return network.packing().pack(name, wide, config.hiddenSize());
  }

  private String padded(String name, String x) {
    return network.packing().pad(name, network.linear().toAttention(name + "/narrow", x));
  }
}
