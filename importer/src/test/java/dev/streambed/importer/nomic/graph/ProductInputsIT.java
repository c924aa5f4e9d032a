package dev.streambed.importer.nomic.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.TokenBatch;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import dev.streambed.importer.nomic.graph.linear.TypicalInputs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProductInputsIT {
  private static final int WIDTH = 64; // of the tiny checkpoint
  private static final List<TokenIds> TEXTS = List.of(text(0, 7, 8, 9, 2), text(0, 300, 2));

  @TempDir Path directory;
  private ModelProto graph;

  @BeforeEach
  void buildGraph() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(TestCheckpoints.write(TestCheckpoints.TINY, directory));
    graph = NomicGraph.referencing(checkpoint, GraphOptions.DEFAULT);
  }

  @Test
  void findsMeanAndVarianceOfAllTokens() throws IOException {
    String state = NomicGraph.hiddenState(2); // what layer 2 projects to queries
    double[] sums = new double[WIDTH];
    double squares = 0;
    try (OnnxSession session = open(GraphOutputs.expose(graph, List.of(state)))) {
      for (TokenIds text : TEXTS) {
        float[] values =
            session.run(TokenBatch.pad(List.of(text)), GraphOutputs.outputOf(state)).values();
        for (int i = 0; i < values.length; i++) {
          sums[i % WIDTH] += values[i];
          squares += (double) values[i] * values[i];
        }
      }
    }

    TypicalInputs found =
        Objects.requireNonNull(found().get("encoder.layers.2.attn.Wqkv.weight/0"));

    int tokens = 8; // 5 and 3
    double variance = squares / tokens;
    for (int i = 0; i < WIDTH; i++) {
      assertThat((double) found.mean()[i]).isCloseTo(sums[i] / tokens, within(1e-5));
      variance -= Math.pow(sums[i] / tokens, 2);
    }
    assertThat(found.variance()).isCloseTo(variance / WIDTH, within(1e-5));
  }

  /** 8 tokens choose 16 times among 8 experts; three tokens at most 6. */
  @Test
  void leavesOutExpertsThatNoTokenChose() throws IOException {
    Map<String, TypicalInputs> found = found();

    String experts = "encoder.layers.1.mlp.experts.mlp.";
    for (int expert = 0; expert < 8; expert++) {
      assertThat(found.containsKey(experts + "w1/" + expert))
          .isEqualTo(found.containsKey(experts + "w2/" + expert));
    }
    ProductInputs fewTokens = collect(List.of(TEXTS.get(1)));
    assertThat(fewTokens.byWeight().keySet().stream().filter(w -> w.startsWith(experts + "w1")))
        .hasSizeBetween(2, 6);
  }

  private Map<String, TypicalInputs> found() throws IOException {
    return collect(TEXTS).byWeight();
  }

  private ProductInputs collect(List<TokenIds> texts) throws IOException {
    var inputs = ProductInputs.of(graph);
    try (OnnxSession session = open(inputs.graph())) {
      for (TokenIds text : texts) {
        inputs.add(session.run(TokenBatch.pad(List.of(text)), ProductInputs.OUTPUT).values());
      }
    }
    return inputs;
  }

  private OnnxSession open(ModelProto model) throws IOException {
    return OnnxSession.open(model.toByteArray(), directory.toRealPath(), 1);
  }

  private static TokenIds text(long... ids) {
    return new TokenIds(ids, /* truncated= */ false);
  }
}
