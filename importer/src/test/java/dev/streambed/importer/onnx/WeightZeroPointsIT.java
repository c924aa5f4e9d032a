package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import com.google.protobuf.ByteString;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.TokenBatch;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Products of the largest unsigned and signed bytes, which overflow in 16 bits on processors
 * without VNNI: for each text, 64 times 255 times 127.
 */
class WeightZeroPointsIT {
  private static final int INPUTS = 64;
  private static final int OUTPUTS = 32;

  @ParameterizedTest
  @CsvSource({ // zero points that the graph has: none, the texts', both
    "0, false",
    "1, false",
    "2, false",
    "0, true",
    "1, true",
    "2, true"
  })
  void productsOfBytesAreExactOnEveryProcessor(int zeroPoints, String unsigned) {
    ModelProto model = WeightZeroPoints.complete(productOfBytes(zeroPoints));

    System.setProperty("streambed.unsigned-weights", unsigned);
    try (OnnxSession session = OnnxSession.open(model.toByteArray(), null, 1)) {
      float[] products = session.run(TokenBatch.pad(List.of(text(), text())), "pooled").values();

      assertThat(products).hasSize(2 * OUTPUTS).containsOnly(INPUTS * 255f * 127f);
    } finally {
      System.clearProperty("streambed.unsigned-weights");
    }
  }

  /** The embedder has no protobuf to build the graph of its own check with. */
  @Test
  void theCheckOfTheEmbedderIsSuchAProduct() throws IOException {
    try (InputStream in = OnnxSession.class.getResourceAsStream("byte-products.onnx")) {
      ModelProto check = ModelProto.parseFrom(Objects.requireNonNull(in));
      GraphProto graph = check.getGraph();
      ByteString weights = graph.getInitializer(0).getRawData();

      assertThat(graph.getNodeList())
          .containsExactly(
              TinyEncoder.node("MatMulInteger", "products", "bytes", "weights").toBuilder()
                  .setName("product")
                  .build());
      assertThat(graph.getInitializer(0).getDimsList()).containsExactly(64L, 32L);
      assertThat(weights.size()).isEqualTo(INPUTS * OUTPUTS);
      for (int i = 0; i < weights.size(); i++) {
        assertThat(weights.byteAt(i)).isEqualTo((byte) (i % 2 == 0 ? 127 : -128));
      }
    }
  }

  @Test
  void leavesAGraphThatIsCompleteAsItIs() {
    ModelProto model = productOfBytes(2);

    assertThat(WeightZeroPoints.complete(model)).isSameAs(model);
  }

  /** pooled = (bytes of input_ids) x (weights of 127). */
  private static ModelProto productOfBytes(int zeroPoints) {
    byte[] weights = new byte[INPUTS * OUTPUTS];
    Arrays.fill(weights, (byte) 127);
    NodeProto.Builder product =
        TinyEncoder.node("MatMulInteger", "product", "bytes", "weights").toBuilder();
    List.of("text_zero", "weight_zero").subList(0, zeroPoints).forEach(product::addInput);
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("product-of-bytes")
            .addInput(TinyEncoder.value("input_ids", DataType.INT64, "batch", INPUTS))
            .addInput(TinyEncoder.value("attention_mask", DataType.INT64, "batch", INPUTS))
            .addOutput(TinyEncoder.value("pooled", DataType.FLOAT, "batch", OUTPUTS))
            .addInitializer(
                TensorProto.newBuilder()
                    .setName("weights")
                    .setDataType(DataType.INT8.getNumber())
                    .addDims(INPUTS)
                    .addDims(OUTPUTS)
                    .setRawData(ByteString.copyFrom(weights)))
            .addInitializer(zero("text_zero", DataType.UINT8))
            .addInitializer(zero("weight_zero", DataType.INT8))
            .addNode(cast("bytes", "input_ids", DataType.UINT8))
            .addNode(product)
            .addNode(cast("pooled", "product", DataType.FLOAT))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(PooledGraph.MINIMUM_OPSET))
        .setGraph(graph)
        .build();
  }

  private static NodeProto cast(String output, String input, DataType type) {
    return TinyEncoder.node("Cast", output, input).toBuilder()
        .addAttribute(TinyEncoder.attribute("to", type.getNumber()))
        .build();
  }

  private static TensorProto zero(String name, DataType type) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(type.getNumber())
        .addInt32Data(0)
        .build();
  }

  private static TokenIds text() {
    long[] ids = new long[INPUTS];
    Arrays.fill(ids, 255);
    return new TokenIds(ids, /* truncated= */ false);
  }
}
