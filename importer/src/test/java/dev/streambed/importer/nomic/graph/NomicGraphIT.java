package dev.streambed.importer.nomic.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.OnnxSession.FloatTensor;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Golden;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The 32-bit graph against the goldens: embeddings, hidden states and routing. */
class NomicGraphIT {
  // A 32-bit run of the original is up to 1.3e-5 from a 64-bit one, in hidden states of up to 8.
  private static final Offset<Double> HIDDEN_STATE = within(1e-4);
  private static final Offset<Double> ROUTING_WEIGHT = within(1e-5);

  @TempDir Path directory;

  @Test
  void microEmbeddingsAreTheGoldenOnes() throws IOException {
    assertThat(difference("micro", TestCheckpoints.MICRO, ExpertForm.ROUTED))
        .isLessThan(GoldenGate.GATE);
  }

  @Test
  void tinyEmbeddingsAreTheGoldenOnes() throws IOException {
    assertThat(difference("tiny", TestCheckpoints.TINY, ExpertForm.ROUTED))
        .isLessThan(GoldenGate.GATE);
  }

  @Test
  void computingAllExpertsGivesTheGoldenEmbeddingsToo() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(TestCheckpoints.write(TestCheckpoints.TINY, directory));
    ModelProto graph =
        NomicGraph.referencing(checkpoint, GraphOptions.DEFAULT, AllExpertsFeedForward::new);

    assertThat(GoldenGate.largestDifference(Golden.read("tiny"), graph, directory.toRealPath()))
        .isLessThan(GoldenGate.GATE);
  }

  @Test
  void microHiddenStatesAndRoutingAreTheGoldenOnes() throws IOException {
    checkInside("micro", TestCheckpoints.MICRO);
  }

  @Test
  void tinyHiddenStatesAndRoutingAreTheGoldenOnes() throws IOException {
    checkInside("tiny", TestCheckpoints.TINY);
  }

  private double difference(String name, CheckpointConfig config, ExpertForm experts)
      throws IOException {
    return GoldenGate.largestDifference(
        Golden.read(name), graph(config, experts), directory.toRealPath());
  }

  private ModelProto graph(CheckpointConfig config, ExpertForm experts) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(TestCheckpoints.write(config, directory));
    GraphOptions defaults = GraphOptions.DEFAULT;
    return NomicGraph.referencing(
        checkpoint, new GraphOptions(defaults.precision(), experts, defaults.maxTokens()));
  }

  private void checkInside(String name, CheckpointConfig config) throws IOException {
    List<String> values = new ArrayList<>();
    for (int layer = 0; layer <= config.layers(); layer++) {
      values.add(NomicGraph.hiddenState(layer));
      if (config.hasExperts(layer) && layer < config.layers()) {
        values.add(NomicGraph.routingExperts(layer));
        values.add(NomicGraph.routingWeights(layer));
      }
    }
    byte[] graph = GraphOutputs.expose(graph(config, ExpertForm.ROUTED), values).toByteArray();
    try (OnnxSession session = OnnxSession.open(graph, directory.toRealPath(), 1)) {
      for (Golden.Case golden : Golden.read(name).cases()) {
        checkHidden(golden, session, config);
        checkRouting(golden, session);
      }
    }
  }

  private static void checkHidden(
      Golden.Case golden, OnnxSession session, CheckpointConfig config) {
    for (int layer = 0; golden.hasHidden() && layer <= config.layers(); layer++) {
      FloatTensor found = shown(golden, session, NomicGraph.hiddenState(layer));
      int at = 0;
      for (int row = 0; row < golden.texts().size(); row++) {
        for (int position = 0; position < golden.texts().get(row).length; position++) {
          for (int i = 0; i < config.hiddenSize(); i++) {
            assertThat((double) found.values()[at++])
                .isCloseTo(golden.hidden(layer, row, position, i), HIDDEN_STATE);
          }
        }
      }
    }
  }

  private static void checkRouting(Golden.Case golden, OnnxSession session) {
    for (int layer : golden.routedLayers()) {
      FloatTensor experts = shown(golden, session, NomicGraph.routingExperts(layer));
      FloatTensor weights = shown(golden, session, NomicGraph.routingWeights(layer));
      int at = 0;
      for (int row = 0; row < golden.texts().size(); row++) {
        for (int position = 0; position < golden.texts().get(row).length; position++) {
          for (int choice = 0; choice < 2; choice++, at++) {
            assertThat((int) experts.values()[at])
                .isEqualTo(golden.expert(layer, row, position, choice));
            assertThat((double) weights.values()[at])
                .isCloseTo(golden.weight(layer, row, position, choice), ROUTING_WEIGHT);
          }
        }
      }
    }
  }

  private static FloatTensor shown(Golden.Case golden, OnnxSession session, String value) {
    return session.run(golden.batch(), GraphOutputs.outputOf(value));
  }
}
