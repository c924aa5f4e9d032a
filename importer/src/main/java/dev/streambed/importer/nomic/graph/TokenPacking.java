package dev.streambed.importer.nomic.graph;

import static dev.streambed.importer.nomic.graph.file.GraphBuilder.attribute;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import dev.streambed.importer.nomic.graph.file.GraphBuilder;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Removes the padding: the tokens of all texts of a batch become the rows of one matrix, so that
 * projections and experts see no padding at all. Attention and pooling, which need to know the
 * texts apart, put it back.
 *
 * <p>Notation: B texts, S places in a padded text, N tokens in all, so N is at most B x S.
 */
@API(status = API.Status.INTERNAL)
public final class TokenPacking {
  public static final String INPUT_IDS = "input_ids";
  public static final String ATTENTION_MASK = "attention_mask";

  private final GraphBuilder graph;

  /** Ids of all tokens, [N]. */
  final String ids;

  /** Place of each token in its text, counted from 0, [N, 1]. */
  final String positions;

  /** Which keys every query of a text may see, bool [B, 1, S, S]. */
  final String keyMask;

  /** Tokens of each text, [B, 1]. */
  final String lengths;

  private final String places; // of each token in the padded batch, [N]
  private final String tokens; // at each place; a padded place has some token of its batch, [B * S]
  private final String paddedMatrixShape; // B, S and "the rest", [3]

  public TokenPacking(GraphBuilder graph) {
    this.graph = graph;
    graph.input(INPUT_IDS, DataType.INT64, "batch", "sequence");
    graph.input(ATTENTION_MASK, DataType.INT64, "batch", "sequence");
    String flat = graph.vector(-1);
    String mask = graph.add("Reshape", "packing/mask", List.of(ATTENTION_MASK, flat));
    String nonZero = graph.add("NonZero", "packing/non_zero", List.of(mask));
    this.places = graph.add("Reshape", "packing/places", List.of(nonZero, flat));
    String paddedShape = graph.add("Shape", "packing/padded_shape", List.of(ATTENTION_MASK));
    this.paddedMatrixShape =
        graph.add(
            "Concat",
            "packing/padded_matrix_shape",
            List.of(paddedShape, graph.vector(-1)),
            attribute("axis", 0));
    String sequence =
        graph.add(
            "Gather",
            "packing/sequence",
            List.of(paddedShape, graph.scalar(1)),
            attribute("axis", 0));
    String position = graph.add("Mod", "packing/position", List.of(places, sequence));
    this.positions =
        graph.add("Unsqueeze", "packing/positions", List.of(position, graph.vector(1)));
    String allIds = graph.add("Reshape", "packing/all_ids", List.of(INPUT_IDS, flat));
    this.ids = graph.add("Gather", "packing/ids", List.of(allIds, places));
    String counts = graph.add("CumSum", "packing/counts", List.of(mask, graph.scalar(0)));
    String last = graph.add("Sub", "packing/last", List.of(counts, graph.scalar(1)));
    this.tokens = graph.add("Max", "packing/tokens", List.of(last, graph.scalar(0)));
    this.lengths =
        graph.add(
            "ReduceSum",
            "packing/lengths",
            List.of(ATTENTION_MASK, graph.vector(1)),
            attribute("keepdims", 1));
    this.keyMask = keyMask(sequence);
  }

  private String keyMask(String sequence) {
    String isToken =
        graph.add(
            "Cast",
            "packing/is_token",
            List.of(ATTENTION_MASK),
            attribute("to", DataType.BOOL.getNumber()));
    String row = graph.add("Unsqueeze", "packing/key_row", List.of(isToken, graph.vector(1, 2)));
    String queries = graph.add("Reshape", "packing/queries", List.of(sequence, graph.vector(1)));
    String shape =
        graph.add(
            "Concat",
            "packing/key_mask_shape",
            List.of(graph.vector(1, 1), queries, graph.vector(1)),
            attribute("axis", 0));
    return graph.add("Expand", "packing/key_mask", List.of(row, shape));
  }

  /** [N, width] to [B, S, width]; the values of padded places are finite, but mean nothing. */
  String pad(String name, String x) {
    String rows = graph.add("Gather", name + "/places", List.of(x, tokens), attribute("axis", 0));
    return graph.add("Reshape", name, List.of(rows, paddedMatrixShape));
  }

  /** [B, S, width] to [N, width]. */
  String pack(String name, String x, int width) {
    String rows = graph.add("Reshape", name + "/places", List.of(x, graph.vector(-1, width)));
    return graph.add("Gather", name, List.of(rows, places), attribute("axis", 0));
  }
}
