package dev.streambed.importer.nomic.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Promise 3: the pooled vector of a text is the same to the last bit, alone or in any batch, on any
 * threads.
 */
class BatchInvarianceIT {
  private static final long SEED = 20_26_11_22;
  private static final int BATCHES = 12;

  /** Wide enough for the matrix kernels to work in blocks: 256 wide, 4 heads of 64. */
  private static final CheckpointConfig WIDE =
      new CheckpointConfig(256, 4, 2, 1024, 256, 8, 2, 2048, 1e-5, 10_000);

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"FP32, 1", "FP32, 2", "INT8, 1", "INT8, 2"})
  void vectorDoesNotDependOnBatchMates(Precision precision, int threads) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(TestCheckpoints.write(WIDE, directory));
    ModelProto graph =
        NomicGraph.copying(
            checkpoint,
            new GraphOptions(precision, ExpertForm.ROUTED, 512),
            directory.resolve("weights.bin"),
            bytes -> {});
    var random = new Random(SEED);
    try (OnnxSession one = OnnxSession.open(graph.toByteArray(), directory, 1);
        OnnxSession session = OnnxSession.open(graph.toByteArray(), directory, threads)) {
      for (int batch = 0; batch < BATCHES; batch++) {
        List<TokenIds> texts = texts(random);

        float[] together = run(session, texts);

        for (int text = 0; text < texts.size(); text++) {
          float[] alone = run(one, List.of(texts.get(text)));
          int start = text * WIDE.hiddenSize();
          assertThat(Arrays.copyOfRange(together, start, start + WIDE.hiddenSize()))
              .as("batch %d, text %d, seed %d", batch, text, SEED)
              .isEqualTo(alone);
        }
      }
    }
  }

  /** Lengths from 2 to 400, so that padding is long and short. */
  private static List<TokenIds> texts(Random random) {
    List<TokenIds> texts = new ArrayList<>();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(4) == 0 ? 100 + random.nextInt(300) : 2 + random.nextInt(60);
      texts.add(new TokenIds(random.longs(length, 0, 230).toArray(), false));
    }
    return texts;
  }

  private static float[] run(OnnxSession session, List<TokenIds> texts) {
    return session.run(TokenBatch.pad(texts), NomicGraph.OUTPUT).values();
  }
}
