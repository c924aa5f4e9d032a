package dev.streambed.importer.nomic.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Golden;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import dev.streambed.importer.nomic.reference.ReferenceModel.Result;
import dev.streambed.importer.nomic.reference.ReferenceModel.Routing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceModelIT {
  // The goldens are a double-precision run rounded to float; hidden states are below 8.
  private static final Offset<Double> ROUNDING = within(5e-7);

  @TempDir Path directory;

  @Test
  void reproducesTheMicroGoldens() throws IOException {
    checkAll("micro", TestCheckpoints.MICRO);
  }

  @Test
  void reproducesTheTinyGoldens() throws IOException {
    checkAll("tiny", TestCheckpoints.TINY);
  }

  @Test
  void errorFunctionHasTheValuesOfTheTables() {
    // Abramowitz and Stegun, table 7.1
    assertThat(ReferenceMath.erf(0)).isZero();
    assertThat(ReferenceMath.erf(0.5)).isCloseTo(0.5204998778, within(1e-10));
    assertThat(ReferenceMath.erf(-1)).isCloseTo(-0.8427007929, within(1e-10));
    assertThat(ReferenceMath.erf(2)).isCloseTo(0.9953222650, within(1e-10));
    assertThat(ReferenceMath.erf(7)).isEqualTo(1);
  }

  private void checkAll(String name, CheckpointConfig config) throws IOException {
    var model = new ReferenceModel(Checkpoint.open(TestCheckpoints.write(config, directory)));
    for (Golden.Case golden : Golden.read(name).cases()) {
      List<long[]> texts = golden.texts();

      Result result = model.run(texts, layer -> {});

      int token = 0;
      for (int row = 0; row < texts.size(); row++) {
        for (int i = 0; i < config.hiddenSize(); i++) {
          assertThat(result.pooled()[row][i]).isCloseTo(golden.pooled(row, i), ROUNDING);
        }
        for (int position = 0; position < texts.get(row).length; position++, token++) {
          checkToken(golden, result, row, position, token);
        }
      }
    }
  }

  private static void checkToken(
      Golden.Case golden, Result result, int row, int position, int token) {
    for (int layer = 0; golden.hasHidden() && layer < result.hidden().size(); layer++) {
      double[][] hidden = result.hidden().get(layer);
      for (int i = 0; i < hidden.length; i++) {
        assertThat(hidden[i][token]).isCloseTo(golden.hidden(layer, row, position, i), ROUNDING);
      }
    }
    for (Routing routing : result.routing()) {
      for (int choice = 0; choice < 2; choice++) {
        assertThat(routing.experts()[token][choice])
            .isEqualTo(golden.expert(routing.layer(), row, position, choice));
        assertThat(routing.weights()[token][choice])
            .isCloseTo(golden.weight(routing.layer(), row, position, choice), ROUNDING);
      }
    }
  }
}
