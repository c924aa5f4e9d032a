package dev.streambed.importer.onnx;

import static dev.streambed.importer.onnx.PooledGraph.ATTENTION_MASK;
import static dev.streambed.importer.onnx.PooledGraph.INPUT_IDS;
import static dev.streambed.importer.onnx.PooledGraph.LAST_HIDDEN_STATE;
import static dev.streambed.importer.onnx.PooledGraph.TOKEN_TYPE_IDS;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
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
    encoder.checkOpset();
    encoder.checkInputs();
    encoder.checkOutput();
    encoder.checkOperators();
    encoder.checkNames();
    return encoder;
  }

  /** The graph that Streambed runs. */
  ModelProto pooled(Pooling pooling) {
    return WeightZeroPoints.complete(PooledGraph.append(model, pooling, hiddenSize()));
  }

  int hiddenSize() {
    return Math.toIntExact(hiddenDimension().getDimValue());
  }

  /**
   * Rows of the table that turns token ids into vectors; empty if the graph does it in another way.
   */
  OptionalLong wordTableRows() {
    Map<String, TensorProto> tensors =
        graph.getInitializerList().stream()
            .collect(Collectors.toMap(TensorProto::getName, t -> t, (a, b) -> a));
    for (NodeProto node : graph.getNodeList()) {
      if (node.getOpType().equals("Gather")
          && node.getInputCount() == 2
          && node.getInput(1).equals(INPUT_IDS)) {
        TensorProto table = tensors.get(node.getInput(0));
        if (table != null && table.getDimsCount() == 2) {
          return OptionalLong.of(table.getDims(0));
        }
      }
    }
    return OptionalLong.empty();
  }

  /** The arithmetic of the weights: the smallest type that a matrix has. */
  static Precision precisionOf(ModelProto model) {
    Set<Integer> types = new TreeSet<>();
    for (TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getDimsCount() >= 2) {
        types.add(tensor.getDataType());
      }
    }
    if (types.contains(TensorProto.DataType.INT8.getNumber())
        || types.contains(TensorProto.DataType.UINT8.getNumber())) {
      return Precision.INT8;
    }
    return types.contains(TensorProto.DataType.FLOAT16.getNumber())
        ? Precision.FP16
        : Precision.FP32;
  }

  private void checkOpset() {
    for (OperatorSetIdProto opset : model.getOpsetImportList()) {
      boolean standard = opset.getDomain().isEmpty() || opset.getDomain().equals("ai.onnx");
      if (standard && opset.getVersion() >= PooledGraph.MINIMUM_OPSET) {
        return;
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
              .formatted(input.getName(), file, signature(input)));
    }
    if (tensor.getShape().getDimList().stream()
        .anyMatch(dimension -> dimension.getDimValue() > 0)) {
      throw new InvalidModelException(
          "Input '%s' of ONNX model %s is %s; batch and sequence must be free. Export it again with dynamic axes."
              .formatted(input.getName(), file, signature(input)));
    }
  }

  private void checkOutput() {
    ValueInfoProto output = output();
    TypeProto.Tensor tensor = output.getType().getTensorType();
    if (tensor.getElemType() != TensorProto.DataType.FLOAT.getNumber()) {
      throw new InvalidModelException(
          "Output '%s' of ONNX model %s is %s; must be float32."
              .formatted(LAST_HIDDEN_STATE, file, signature(output)));
    }
    int rank = tensor.getShape().getDimCount();
    if (rank == 2) {
      throw new InvalidModelException(
          "Output '%s' of ONNX model %s is already pooled: %s; pooling needs [batch, sequence, hidden]."
              .formatted(LAST_HIDDEN_STATE, file, signature(output)));
    }
    if (rank != 3) {
      throw new InvalidModelException(
          "Output '%s' of ONNX model %s is %s; pooling needs [batch, sequence, hidden]."
              .formatted(LAST_HIDDEN_STATE, file, signature(output)));
    }
    if (hiddenDimension().getDimValue() <= 0) {
      throw new InvalidModelException(
          "Output '%s' of ONNX model %s is %s: its last axis must be a number, the hidden size."
              .formatted(LAST_HIDDEN_STATE, file, signature(output)));
    }
  }

  private void checkOperators() {
    for (NodeProto node : graph.getNodeList()) {
      if (WHOLE_BATCH_OPERATORS.contains(node.getOpType())) {
        throw new InvalidModelException(
            "ONNX model %s is dynamically quantised (%s): the vector of a text would depend on the other texts of its batch. Import its float32 file."
                .formatted(file, node.getOpType()));
      }
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

  private ValueInfoProto output() {
    List<String> others = new ArrayList<>();
    for (ValueInfoProto output : graph.getOutputList()) {
      if (output.getName().equals(LAST_HIDDEN_STATE)) {
        return output;
      }
      others.add(output.getName() + " " + signature(output));
    }
    boolean pooled =
        graph.getOutputList().stream()
            .allMatch(output -> output.getType().getTensorType().getShape().getDimCount() == 2);
    throw new InvalidModelException(
        "ONNX model %s has no output '%s' (outputs: %s).%s"
            .formatted(
                file,
                LAST_HIDDEN_STATE,
                String.join(", ", others),
                pooled
                    ? " It is already pooled, or no encoder: export the encoder without its pooling."
                    : ""));
  }

  private TensorShapeProto.Dimension hiddenDimension() {
    return output().getType().getTensorType().getShape().getDim(2);
  }

  /** Type and shape as in {@code float32 [batch, sequence, 384]}. */
  private static String signature(ValueInfoProto value) {
    TypeProto.Tensor tensor = value.getType().getTensorType();
    String shape =
        tensor.getShape().getDimList().stream()
            .map(
                dimension ->
                    dimension.hasDimValue()
                        ? Long.toString(dimension.getDimValue())
                        : dimension.getDimParam())
            .map(dimension -> dimension.isEmpty() ? "?" : dimension)
            .collect(Collectors.joining(", ", "[", "]"));
    return typeName(tensor.getElemType()) + " " + shape;
  }

  private static String typeName(int type) {
    TensorProto.DataType dataType = TensorProto.DataType.forNumber(type);
    if (dataType == null) {
      return "type " + type;
    }
    return dataType == TensorProto.DataType.FLOAT
        ? "float32"
        : dataType.name().toLowerCase(java.util.Locale.ROOT);
  }
}
