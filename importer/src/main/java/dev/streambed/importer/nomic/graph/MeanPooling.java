package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import java.util.List;

/**
 * The mean over the tokens of each text, special tokens included: [N, H] to [B, H], not normalised.
 *
 * <p>The sum is the last row of a running sum, which adds the tokens in their order. So the vector
 * of a text is the same to the last bit, whatever its batch-mates. A reduction or a product adds in
 * an order that depends on the padded length, and a scattered addition in one that depends on the
 * threads.
 */
final class MeanPooling {
  private final Network network;

  MeanPooling(Network network) {
    this.network = network;
  }

  public void append(String name, String x) {
    GraphBuilder graph = network.graph();
    TokenPacking packing = network.packing();
    String padded = packing.pad("pooling/padded", x);
    String mask =
        graph.add(
            "Cast",
            "pooling/mask",
            List.of(TokenPacking.ATTENTION_MASK),
            attribute("to", DataType.FLOAT.getNumber()));
    String column = graph.add("Unsqueeze", "pooling/mask_column", List.of(mask, graph.vector(2)));
    String masked = graph.add("Mul", "pooling/masked", List.of(padded, column));
    String sums = graph.add("CumSum", "pooling/sums", List.of(masked, graph.scalar(1)));
    String sum =
        graph.add("Gather", "pooling/sum", List.of(sums, graph.scalar(-1)), attribute("axis", 1));
    String lengths =
        graph.add(
            "Cast",
            "pooling/lengths",
            List.of(packing.lengths),
            attribute("to", DataType.FLOAT.getNumber()));
    graph.add("Div", name, List.of(sum, lengths));
  }
}
