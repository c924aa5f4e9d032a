package dev.streambed.benchmarks.moe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnbiasedCheckpointTest {
  private static final String BIAS = "mlp.experts.bias";

  @TempDir private Path folder;

  @Test
  void hasNoBiasOfExpertsAndAllElseAsItWas() throws IOException {
    Checkpoint original =
        Checkpoint.open(TestCheckpoints.write(TestCheckpoints.MICRO, folder.resolve("checkpoint")));

    Checkpoint copy =
        Checkpoint.open(UnbiasedCheckpoint.copy(original, folder.resolve("unbiased")));

    for (String name : original.config().expectedTensors().keySet()) {
      float[] before = original.tensor(name).toArray();
      float[] expected = name.endsWith(BIAS) ? new float[before.length] : before;
      assertThat(copy.tensor(name).toArray()).as(name).containsExactly(expected);
    }
    assertThat(original.tensor("encoder.layers.1." + BIAS).toArray()).doesNotContain(0);
  }
}
