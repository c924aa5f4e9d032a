package dev.streambed.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.Pooling;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.TokenBatch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Pooling alone, at the width and lengths of real models: the encoder here is one table of random
 * vectors.
 */
class PooledGraphIT {
  private static final int HIDDEN_SIZE = 384;
  private static final int WORDS = 2000;
  private static final int CASES = 24;
  private static final int BATCH = 4;

  @ParameterizedTest
  @CsvSource({"MEAN, 1", "MEAN, 2", "CLS, 1", "MAX, 1", "MAX, 2"})
  void aVectorIsTheSameToTheLastBitAloneAndPaddedInABatch(Pooling pooling, int threads) {
    byte[] graph =
        PooledGraph.append(
                table(new Random(1)),
                PooledGraph.MINIMUM_OPSET,
                "last_hidden_state",
                HIDDEN_SIZE,
                new PoolingPlan(pooling, List.of()))
            .toByteArray();
    try (OnnxSession session =
        OnnxSession.open(graph, /* externalDataDirectory= */ null, threads)) {
      for (int seed = 0; seed < CASES; seed++) {
        Random random = new Random(seed);
        List<TokenIds> batch = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
          batch.add(text(random, 1 + random.nextInt(seed % 2 == 0 ? 40 : 300)));
        }

        float[] together = run(session, batch);

        for (int i = 0; i < BATCH; i++) {
          float[] alone = run(session, List.of(batch.get(i)));
          for (int component = 0; component < HIDDEN_SIZE; component++) {
            assertThat(together[i * HIDDEN_SIZE + component])
                .describedAs("component %d of text %d, seed %d", component, i, seed)
                .isEqualTo(alone[component]);
          }
        }
      }
    }
  }

  private static float[] run(OnnxSession session, List<TokenIds> batch) {
    return session.run(TokenBatch.pad(batch), PooledGraph.OUTPUT).values();
  }

  private static TokenIds text(Random random, int length) {
    return new TokenIds(random.longs(length, 0, WORDS).toArray(), /* truncated= */ false);
  }

  private static ModelProto table(Random random) {
    ByteBuffer values =
        ByteBuffer.allocate(WORDS * HIDDEN_SIZE * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      values.putFloat((float) random.nextGaussian());
    }
    TensorProto words =
        TensorProto.newBuilder()
            .setName("words")
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .addDims(WORDS)
            .addDims(HIDDEN_SIZE)
            .setRawData(ByteString.copyFrom(values.flip()))
            .build();
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("table")
            .addInitializer(words)
            .addNode(TinyEncoder.node("Gather", "last_hidden_state", "words", "input_ids"))
            .build();
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(PooledGraph.MINIMUM_OPSET))
        .setGraph(graph)
        .build();
  }
}
