package dev.streambed.importer.onnx;

import static dev.streambed.importer.onnx.TinyEncoder.node;
import static dev.streambed.importer.onnx.TinyEncoder.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.model.Precision;
import dev.streambed.importer.published.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncoderModelTest {
  private static final TensorProto.DataType FLOAT = TensorProto.DataType.FLOAT;

  @TempDir private Path folder;
  private EncoderFile encoder = new EncoderFile(Path.of("unset"));

  @BeforeEach
  void buildAGoodModel() {
    encoder = new EncoderFile(folder);
  }

  @Test
  void readsHiddenSizeAndWordTable() throws IOException {
    EncoderModel read = EncoderModel.read(encoder.write());

    assertThat(read.tokenVectors(Optional.empty()))
        .isEqualTo(new TokenVectors("last_hidden_state", 8));
    assertThat(read.wordTableRows()).hasValue(TinyEncoder.vocabulary().size());
  }

  @Test
  void acceptsAModelWithoutTokenTypes() throws IOException {
    encoder.graph().removeInput(2);

    assertThat(EncoderModel.read(encoder.write()).tokenVectors(Optional.empty()).size())
        .isEqualTo(8);
  }

  @Test
  void acceptsWeightsListedAsInputsAsOldModelsDo() throws IOException {
    encoder.graph().addInput(value("word", FLOAT, 100, 8));

    assertThat(EncoderFile.pooled(encoder.write(), Pooling.MEAN).getGraph().getInputList())
        .extracting(ValueInfoProto::getName)
        .containsExactly("input_ids", "attention_mask");
  }

  @Test
  void namesTheArithmeticOfTheWeights() {
    TensorProto matrix = TensorProto.newBuilder().addDims(2).addDims(2).build();

    assertThat(WeightPrecision.of(encoder.model().build())).isEqualTo(Precision.FP32);
    encoder
        .graph()
        .addInitializer(matrix.toBuilder().setDataType(TensorProto.DataType.FLOAT16_VALUE));
    assertThat(WeightPrecision.of(encoder.model().build())).isEqualTo(Precision.FP16);
    encoder
        .graph()
        .addInitializer(matrix.toBuilder().setDataType(TensorProto.DataType.UINT8_VALUE));
    assertThat(WeightPrecision.of(encoder.model().build())).isEqualTo(Precision.INT8);
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
    encoder
        .graph()
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

    assertThat(WeightPrecision.of(encoder.model().build())).isEqualTo(expected);
  }

  @Test
  void refusesWeightsOfBitsThatHaveNoName() {
    encoder
        .graph()
        .addNode(
            node("MatMulNBits", "unpacked", "placed", "packed").toBuilder()
                .addAttribute(TinyEncoder.attribute("bits", 2)));

    assertThatThrownBy(() -> WeightPrecision.of(encoder.model().build()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessage("The ONNX model has weights of 2 bits; 4, 8, 16 and 32 can be imported.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"token_embeddings", "output_0", "whatever"})
  void takesTheOneOutputOfTheRightShapeWhateverItsName(String name) throws IOException {
    encoder
        .graph()
        .clearOutput()
        .addOutput(value("sentence_embedding", FLOAT, "batch", 8))
        .addOutput(value(name, FLOAT, "batch", "sequence", 8));

    assertThat(EncoderModel.read(encoder.write()).tokenVectors(Optional.empty()))
        .isEqualTo(new TokenVectors(name, 8));
  }

  @Test
  void takesAHiddenSizeThatTheGraphLeavesOpenFromThePublisherOrTheWordTable() throws IOException {
    encoder.graph().setOutput(0, value("last_hidden_state", FLOAT, "batch", "sequence", "hidden"));
    EncoderModel read = EncoderModel.read(encoder.write());

    assertThat(read.tokenVectors(Optional.of(new Finding<>(12, "config.json"))).size())
        .isEqualTo(12);
    assertThat(read.tokenVectors(Optional.empty()).size()).isEqualTo(8);
  }

  @Test
  void knowsArithmeticOverTheWholeBatch() throws IOException {
    assertThat(EncoderModel.read(encoder.write()).wholeBatchOperator()).isEmpty();

    encoder.graph().addNode(node("DynamicQuantizeLinear", "quantised", "placed"));

    assertThat(EncoderModel.read(encoder.write()).wholeBatchOperator())
        .contains("DynamicQuantizeLinear");
  }

  @Test
  void dropsWhatThePooledVectorDoesNotNeed() throws IOException {
    encoder
        .graph()
        .addInitializer(
            TensorProto.newBuilder().setName("pooler").setRawData(ByteString.copyFrom(new byte[8])))
        .addNode(node("MatMul", "pooler_output", "last_hidden_state", "pooler"))
        .addOutput(value("pooler_output", FLOAT, "batch", 8));

    GraphProto pooled = EncoderFile.pooled(encoder.write(), Pooling.CLS).getGraph();

    assertThat(pooled.getNodeList()).noneMatch(node -> node.getOutput(0).equals("pooler_output"));
    assertThat(pooled.getInitializerList()).noneMatch(tensor -> tensor.getName().equals("pooler"));
    assertThat(pooled.getOutputList())
        .extracting(ValueInfoProto::getName)
        .containsExactly("pooled");
  }
}
