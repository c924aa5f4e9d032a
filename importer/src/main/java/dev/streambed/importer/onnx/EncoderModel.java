package dev.streambed.importer.onnx;

import static dev.streambed.importer.onnx.PooledGraph.ATTENTION_MASK;
import static dev.streambed.importer.onnx.PooledGraph.INPUT_IDS;
import static dev.streambed.importer.onnx.PooledGraph.TOKEN_TYPE_IDS;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.importer.published.Finding;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** A plain ONNX file that was found to be an encoder that Streambed can serve. */
final class EncoderModel {
  private static final Set<String> FED = Set.of(INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS);

  /**
   * Operators that scale a whole batch together, so that a vector would depend on its batch-mates.
   */
  private static final Set<String> WHOLE_BATCH_OPERATORS =
      Set.of("DynamicQuantizeLinear", "DynamicQuantizeMatMul");

  private final Path file;
  private final ModelProto model;
  private final GraphProto graph;

  private EncoderModel(Path file, ModelProto model) {
    this.file = file;
    this.model = model;
    this.graph = model.getGraph();
  }

  /**
   * Reads and checks an ONNX file; its external weights are not touched.
   *
   * @throws InvalidModelException if it cannot be served
   */
  static EncoderModel read(Path file) {
    EncoderModel encoder = new EncoderModel(file, OnnxFile.read(file));
    encoder.opset();
    encoder.checkInputs();
    return encoder;
  }

  /**
   * The output that pooling starts from.
   *
   * @param published length of a token's vector from the files beside the model, for a graph that
   *     leaves it open
   */
  TokenVectors tokenVectors(Optional<Finding<Integer>> published) {
    TokenVectors vectors = TokenVectors.find(file, graph, published.or(this::wordTableColumns));
    checkNames();
    return vectors;
  }

  /** The graph that Streambed runs. */
  ModelProto pooled(TokenVectors vectors, PoolingPlan plan) {
    return WeightZeroPoints.complete(
        PooledGraph.append(model, opset(), vectors.output(), vectors.size(), plan));
  }

  /** Rows of the table that turns token ids into vectors; empty if the graph has no such table. */
  OptionalLong wordTableRows() {
    return wordTable().map(table -> OptionalLong.of(table.getDims(0))).orElse(OptionalLong.empty());
  }

  private Optional<Finding<Integer>> wordTableColumns() {
    return wordTable()
        .map(table -> new Finding<>(Math.toIntExact(table.getDims(1)), "its word table"));
  }

  private Optional<TensorProto> wordTable() {
    Map<String, TensorProto> tensors =
        graph.getInitializerList().stream()
            .collect(Collectors.toMap(TensorProto::getName, t -> t, (a, b) -> a));
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Gather")
          && node.getInputCount() == 2
          && node.getInput(1).equals(INPUT_IDS)) {
        TensorProto table = tensors.get(node.getInput(0));
        if (table != null && table.getDimsCount() == 2) {
          return Optional.of(table);
        }
      }
    }
    return Optional.empty();
  }

  /**
   * An operator by which a vector depends on the other texts of its batch; empty if none is known.
   */
  Optional<String> wholeBatchOperator() {
    return graph.getNodeList().stream()
        .map(NodeProto::getOpType)
        .filter(WHOLE_BATCH_OPERATORS::contains)
        .findFirst();
  }

  private long opset() {
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      boolean standard = opset.getDomain().isEmpty() || opset.getDomain().equals("ai.onnx");
      if (standard && opset.getVersion() >= PooledGraph.MINIMUM_OPSET) {
        return opset.getVersion();
      }
      if (standard) {
        throw new InvalidModelException(
            "ONNX model %s uses opset %d; at least %d is needed. Export it again with a newer opset."
                .formatted(file, opset.getVersion(), PooledGraph.MINIMUM_OPSET));
      }
    }
    throw new InvalidModelException(
        "ONNX model %s does not say which ONNX opset it uses.".formatted(file));
  }

  private void checkInputs() {
    Map<String, ValueInfoProto> inputs = inputs();
    for (String required : List.of(INPUT_IDS, ATTENTION_MASK)) {
      if (!inputs.containsKey(required)) {
        throw new InvalidModelException(
            "ONNX model %s has no input '%s' (inputs: %s). Streambed serves text encoders: input_ids and attention_mask in."
                .formatted(file, required, String.join(", ", inputs.keySet())));
      }
    }
    List<String> others = inputs.keySet().stream().filter(name -> !FED.contains(name)).toList();
    if (!others.isEmpty()) {
      throw new InvalidModelException(
          "ONNX model %s needs %s, which Streambed does not feed (it feeds input_ids and attention_mask, and zeros as token_type_ids)."
              .formatted(file, String.join(", ", others)));
    }
    inputs.values().forEach(this::checkInput);
  }

  private void checkInput(ValueInfoProto input) {
    TypeProto.Tensor tensor = input.getType().getTensorType();
    boolean right =
        tensor.getElemType() == TensorProto.DataType.INT64.getNumber()
            && tensor.getShape().getDimCount() == 2;
    if (!right) {
      throw new InvalidModelException(
          "Input '%s' of ONNX model %s is %s; must be int64 [batch, sequence]."
              .formatted(input.getName(), file, Signatures.of(input)));
    }
    if (tensor.getShape().getDimList().stream()
        .anyMatch(dimension -> dimension.getDimValue() > 0)) {
      throw new InvalidModelException(
          "Input '%s' of ONNX model %s is %s; batch and sequence must be free. Export it again with dynamic axes."
              .formatted(input.getName(), file, Signatures.of(input)));
    }
  }

  private void checkNames() {
    for (NodeProto node : graph.getNodeList()) {
      for (String name : node.getOutputList()) {
        if (PooledGraph.isReserved(name)) {
          throw new InvalidModelException(
              "ONNX model %s has a value named '%s', a name that the import needs."
                  .formatted(file, name));
        }
      }
    }
  }

  /** The inputs that a caller feeds: before IR version 4, the weights were listed too. */
  private Map<String, ValueInfoProto> inputs() {
    Set<String> weights =
        graph.getInitializerList().stream().map(TensorProto::getName).collect(Collectors.toSet());
    Map<String, ValueInfoProto> inputs = new LinkedHashMap<>();
    for (ValueInfoProto input : graph.getInputList()) {
      if (!weights.contains(input.getName())) {
        inputs.put(input.getName(), input);
      }
    }
    return inputs;
  }
}
