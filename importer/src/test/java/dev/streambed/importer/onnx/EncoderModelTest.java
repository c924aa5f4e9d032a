package dev.streambed.importer.onnx;

import static dev.streambed.importer.onnx.TinyEncoder.node;
import static dev.streambed.importer.onnx.TinyEncoder.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.published.Finding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncoderModelTest {
  private static final TensorProto.DataType INT64 = TensorProto.DataType.INT64;
  private static final TensorProto.DataType FLOAT = TensorProto.DataType.FLOAT;

  @TempDir private Path folder;
  private ModelProto.Builder model = ModelProto.newBuilder();

  @BeforeEach
  void buildAGoodModel() {
    model = TinyEncoder.build(TinyEncoder.vocabulary().size()).toBuilder();
  }

  @Test
  void readsHiddenSizeAndWordTable() throws IOException {
    EncoderModel encoder = EncoderModel.read(write());

    assertThat(encoder.tokenVectors(Optional.empty()))
        .isEqualTo(new TokenVectors("last_hidden_state", 8));
    assertThat(encoder.wordTableRows()).hasValue(TinyEncoder.vocabulary().size());
  }

  @Test
  void acceptsAModelWithoutTokenTypes() throws IOException {
    graph().removeInput(2);

    assertThat(EncoderModel.read(write()).tokenVectors(Optional.empty()).size()).isEqualTo(8);
  }

  @Test
  void acceptsWeightsListedAsInputsAsOldModelsDo() throws IOException {
    graph().addInput(value("word", FLOAT, 100, 8));

    assertThat(pooled(write(), Pooling.MEAN).getGraph().getInputList())
        .extracting(ValueInfoProto::getName)
        .containsExactly("input_ids", "attention_mask");
  }

  @Test
  void namesTheArithmeticOfTheWeights() {
    TensorProto matrix = TensorProto.newBuilder().addDims(2).addDims(2).build();

    assertThat(WeightPrecision.of(model.build())).isEqualTo(Precision.FP32);
    graph().addInitializer(matrix.toBuilder().setDataType(TensorProto.DataType.FLOAT16_VALUE));
    assertThat(WeightPrecision.of(model.build())).isEqualTo(Precision.FP16);
    graph().addInitializer(matrix.toBuilder().setDataType(TensorProto.DataType.UINT8_VALUE));
    assertThat(WeightPrecision.of(model.build())).isEqualTo(Precision.INT8);
  }

  @ParameterizedTest
  @CsvSource({
    "MatMulNBits, bits, 4, INT4",
    "MatMulNBits, bits, 8, INT8",
    "GatherBlockQuantized, bits, 4, INT4",
    "QMoE, expert_weight_bits, 4, INT4"
  })
  void namesTheArithmeticOfWeightsThatArePackedIntoBytes(
      String operator, String attribute, int bits, Precision expected) {
    graph()
        .addInitializer(
            TensorProto.newBuilder()
                .setName("packed")
                .addDims(8)
                .addDims(1)
                .addDims(16)
                .setDataType(TensorProto.DataType.UINT8_VALUE))
        .addNode(
            node(operator, "unpacked", "placed", "packed").toBuilder()
                .addAttribute(TinyEncoder.attribute(attribute, bits)));

    assertThat(WeightPrecision.of(model.build())).isEqualTo(expected);
  }

  @Test
  void refusesWeightsOfBitsThatHaveNoName() {
    graph()
        .addNode(
            node("MatMulNBits", "unpacked", "placed", "packed").toBuilder()
                .addAttribute(TinyEncoder.attribute("bits", 2)));

    assertThatThrownBy(() -> WeightPrecision.of(model.build()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("The ONNX model has weights of 2 bits; 4, 8, 16 and 32 can be imported.");
  }

  @Test
  void refusesAMissingFile() {
    assertRefused(folder.resolve("none.onnx"), "There is no ONNX file %s.");
  }

  @Test
  void refusesADirectory() {
    assertRefused(folder, "%s is a directory, not an ONNX file.");
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    assertRefused(write(new byte[0]), "ONNX file %s is empty (0 bytes).");
  }

  @Test
  void refusesAGitLfsPointer() throws IOException {
    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90\n"
            .getBytes(StandardCharsets.UTF_8);

    assertRefused(
        write(pointer),
        "File %s is a Git LFS pointer, not the model itself. Fetch the model with: git lfs pull");
  }

  @Test
  void refusesAFileThatIsCutOff() throws IOException {
    byte[] bytes = model.build().toByteArray();

    assertRefused(
        write(Arrays.copyOf(bytes, bytes.length / 2)),
        "File %s is not an ONNX model, or is cut off or damaged: While parsing a protocol message,"
            + " the input ended unexpectedly in the middle of a field.  This could mean either that"
            + " the input has been truncated or that an embedded message misreported its own"
            + " length.");
  }

  @Test
  void refusesRandomBytesWithoutAnyOtherException() throws IOException {
    for (int seed = 0; seed < 500; seed++) {
      byte[] bytes = new byte[1 + seed];
      new Random(seed).nextBytes(bytes);
      Path file = write(bytes);

      assertThatThrownBy(() -> EncoderModel.read(file))
          .describedAs("seed %d", seed)
          .isInstanceOf(InvalidModelException.class);
    }
  }

  @Test
  void refusesAModelWithOneByteChangedOrReadsItWithoutAnyOtherException() throws IOException {
    byte[] good = model.build().toByteArray();
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      byte[] bytes = good.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      Path file = write(bytes);

      try {
        pooled(file, Pooling.MEAN);
      } catch (InvalidModelException e) {
        assertThat(e.getMessage()).describedAs("seed %d", seed).contains(file.toString());
      }
    }
  }

  @Test
  void refusesAProtobufThatIsNoModel() throws IOException {
    assertRefused(
        write(ModelProto.newBuilder().setIrVersion(8).build().toByteArray()),
        "File %s is not an ONNX model: it holds no graph.");
  }

  @Test
  void refusesAnOldOpset() throws IOException {
    model.clearOpsetImport().addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(10));

    assertRefused(
        write(),
        "ONNX model %s uses opset 10; at least 11 is needed. Export it again with a newer opset.");
  }

  @Test
  void refusesAModelWithoutOpset() throws IOException {
    model.clearOpsetImport();

    assertRefused(write(), "ONNX model %s does not say which ONNX opset it uses.");
  }

  @Test
  void refusesAModelWithoutAttentionMask() throws IOException {
    graph().removeInput(1);

    assertRefused(
        write(),
        "ONNX model %s has no input 'attention_mask' (inputs: input_ids, token_type_ids). Streambed"
            + " serves text encoders: input_ids and attention_mask in.");
  }

  @Test
  void refusesAnImageModel() throws IOException {
    graph().clearInput().addInput(value("pixel_values", FLOAT, "batch", 3, 224, 224));

    assertRefused(
        write(),
        "ONNX model %s has no input 'input_ids' (inputs: pixel_values). Streambed serves text"
            + " encoders: input_ids and attention_mask in.");
  }

  @Test
  void refusesAnInputThatNobodyFeeds() throws IOException {
    graph().addInput(value("position_ids", INT64, "batch", "sequence"));

    assertRefused(
        write(),
        "ONNX model %s needs position_ids, which Streambed does not feed (it feeds input_ids and"
            + " attention_mask, and zeros as token_type_ids).");
  }

  @Test
  void refusesAnInputOfTheWrongType() throws IOException {
    graph().setInput(0, value("input_ids", TensorProto.DataType.INT32, "batch", "sequence"));

    assertRefused(
        write(),
        "Input 'input_ids' of ONNX model %s is int32 [batch, sequence]; must be int64 [batch,"
            + " sequence].");
  }

  @Test
  void refusesAnInputOfTheWrongRank() throws IOException {
    graph().setInput(1, value("attention_mask", INT64, "batch", 1, 1, "sequence"));

    assertRefused(
        write(),
        "Input 'attention_mask' of ONNX model %s is int64 [batch, 1, 1, sequence]; must be int64"
            + " [batch, sequence].");
  }

  @Test
  void refusesAFixedBatchOrLength() throws IOException {
    graph().setInput(0, value("input_ids", INT64, 1, 128));

    assertRefused(
        write(),
        "Input 'input_ids' of ONNX model %s is int64 [1, 128]; batch and sequence must be free."
            + " Export it again with dynamic axes.");
  }

  @Test
  void refusesAModelThatIsPooledUnderAnotherName() throws IOException {
    graph().clearOutput().addOutput(value("sentence_embedding", FLOAT, "batch", 8));

    assertRefused(
        write(),
        "ONNX model %s has no output 'last_hidden_state' (outputs: sentence_embedding float32"
            + " [batch, 8]). It is already pooled, or no encoder: export the encoder without its"
            + " pooling.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"token_embeddings", "output_0", "whatever"})
  void takesTheOneOutputOfTheRightShapeWhateverItsName(String name) throws IOException {
    graph()
        .clearOutput()
        .addOutput(value("sentence_embedding", FLOAT, "batch", 8))
        .addOutput(value(name, FLOAT, "batch", "sequence", 8));

    assertThat(EncoderModel.read(write()).tokenVectors(Optional.empty()))
        .isEqualTo(new TokenVectors(name, 8));
  }

  @Test
  void refusesToGuessBetweenOutputs() throws IOException {
    graph()
        .clearOutput()
        .addOutput(value("output_0", FLOAT, "batch", "sequence", 8))
        .addOutput(value("output_1", FLOAT, "batch", "sequence", 8));

    assertRefused(
        write(),
        "ONNX model %s has no output 'last_hidden_state' (outputs: output_0 float32 [batch,"
            + " sequence, 8], output_1 float32 [batch, sequence, 8]). Several are [batch, sequence,"
            + " hidden]: name the right one so when you export it.");
  }

  @Test
  void refusesALastHiddenStateThatIsPooled() throws IOException {
    graph().setOutput(0, value("last_hidden_state", FLOAT, "batch", 8));

    assertRefused(
        write(),
        "Output 'last_hidden_state' of ONNX model %s is already pooled: float32 [batch, 8]; pooling"
            + " needs [batch, sequence, hidden].");
  }

  @Test
  void refusesALastHiddenStateOfTheWrongRank() throws IOException {
    graph().setOutput(0, value("last_hidden_state", FLOAT, "layers", "batch", "sequence", 8));

    assertRefused(
        write(),
        "Output 'last_hidden_state' of ONNX model %s is float32 [layers, batch, sequence, 8];"
            + " pooling needs [batch, sequence, hidden].");
  }

  @Test
  void takesAHiddenSizeThatTheGraphLeavesOpenFromThePublisherOrTheWordTable() throws IOException {
    graph().setOutput(0, value("last_hidden_state", FLOAT, "batch", "sequence", "hidden"));
    EncoderModel encoder = EncoderModel.read(write());

    assertThat(encoder.tokenVectors(Optional.of(new Finding<>(12, "config.json"))).size())
        .isEqualTo(12);
    assertThat(encoder.tokenVectors(Optional.empty()).size()).isEqualTo(8);
  }

  @Test
  void refusesAHiddenSizeThatNobodyKnows() throws IOException {
    graph().setOutput(0, value("last_hidden_state", FLOAT, "batch", "sequence", "hidden"));
    graph().getNodeBuilder(0).setInput(1, "copied");

    assertRefused(
        write(),
        "Output 'last_hidden_state' of ONNX model %s is float32 [batch, sequence, hidden]: its last"
            + " axis, the hidden size, must be a number. Put the model's config.json beside it, or"
            + " export it with that axis fixed.");
  }

  @Test
  void refusesHalfPrecisionOutput() throws IOException {
    graph()
        .setOutput(
            0, value("last_hidden_state", TensorProto.DataType.FLOAT16, "batch", "sequence", 8));

    assertRefused(
        write(),
        "Output 'last_hidden_state' of ONNX model %s is float16 [batch, sequence, 8]; must be"
            + " float32.");
  }

  @Test
  void knowsArithmeticOverTheWholeBatch() throws IOException {
    assertThat(EncoderModel.read(write()).wholeBatchOperator()).isEmpty();

    graph().addNode(node("DynamicQuantizeLinear", "quantised", "placed"));

    assertThat(EncoderModel.read(write()).wholeBatchOperator()).contains("DynamicQuantizeLinear");
  }

  @Test
  void refusesNamesThatTheImportNeeds() throws IOException {
    graph().addNode(node("Identity", "pooled", "placed"));

    assertRefused(
        write(), "ONNX model %s has a value named 'pooled', a name that the import needs.");
  }

  @Test
  void refusesAGraphThatWasImportedAlready() throws IOException {
    byte[] imported = pooled(write(), Pooling.MEAN).toByteArray();

    assertRefused(
        write(imported),
        "ONNX model %s has no output 'last_hidden_state' (outputs: pooled float32 [batch, 8]). It"
            + " is already pooled, or no encoder: export the encoder without its pooling.");
  }

  @Test
  void dropsWhatThePooledVectorDoesNotNeed() throws IOException {
    graph()
        .addInitializer(
            TensorProto.newBuilder().setName("pooler").setRawData(ByteString.copyFrom(new byte[8])))
        .addNode(node("MatMul", "pooler_output", "last_hidden_state", "pooler"))
        .addOutput(value("pooler_output", FLOAT, "batch", 8));

    GraphProto pooled = pooled(write(), Pooling.CLS).getGraph();

    assertThat(pooled.getNodeList()).noneMatch(node -> node.getOutput(0).equals("pooler_output"));
    assertThat(pooled.getInitializerList()).noneMatch(tensor -> tensor.getName().equals("pooler"));
    assertThat(pooled.getOutputList())
        .extracting(ValueInfoProto::getName)
        .containsExactly("pooled");
  }

  private static ModelProto pooled(Path file, Pooling pooling) {
    EncoderModel encoder = EncoderModel.read(file);
    return encoder.pooled(
        encoder.tokenVectors(Optional.empty()), new PoolingPlan(pooling, List.of()));
  }

  private GraphProto.Builder graph() {
    return model.getGraphBuilder();
  }

  private Path write() throws IOException {
    return write(model.build().toByteArray());
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("encoder.onnx"), bytes);
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> EncoderModel.read(file).tokenVectors(Optional.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage(message.formatted(file));
  }
}
