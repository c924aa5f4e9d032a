package dev.streambed.importer.nomic.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeededCheckpointTest {
  @TempDir Path directory;

  // The digests of the files that the goldens were computed from.

  @Test
  void writesTheMicroCheckpointBitForBit() throws IOException {
    SeededCheckpoint.write(TestCheckpoints.MICRO, directory);

    assertThat(ModelDirectory.sha256(directory.resolve("model.safetensors")))
        .isEqualTo("459fc0d48602fdbbe4a4128e90eb62bb7d87d71a56aeeb28bc04c69569a5915f");
  }

  @Test
  void writesTheTinyCheckpointBitForBit() throws IOException {
    SeededCheckpoint.write(TestCheckpoints.TINY, directory);

    assertThat(ModelDirectory.sha256(directory.resolve("model.safetensors")))
        .isEqualTo("dbdf663f32d7724d230ff1348bf4dbcce83e005005fb4b169e38f48489621680");
  }

  @Test
  void writesACheckpointThatPassesTheContract() throws IOException {
    TestCheckpoints.write(TestCheckpoints.TINY, directory);

    Checkpoint checkpoint = Checkpoint.open(directory);

    assertThat(checkpoint.config()).isEqualTo(TestCheckpoints.TINY);
    assertThat(checkpoint.tensorCount()).isEqualTo(52);
    assertThat(checkpoint.parameters()).isEqualTo(724_928);
    // Two layers with 6 idle experts of 2 x 256 x 64 weights each.
    assertThat(checkpoint.activeParameters()).isEqualTo(724_928 - 2 * 6 * 2 * 256 * 64);
  }

  @Test
  void publishedModelHasItsPublishedSize() {
    var tensors = CheckpointConfig.NOMIC_EMBED_TEXT_V2_MOE.expectedTensors();

    long parameters =
        tensors.values().stream().mapToLong(s -> s.stream().reduce(1L, (a, b) -> a * b)).sum();

    assertThat(tensors).hasSize(148);
    assertThat(parameters).isEqualTo(475_292_928);
  }
}
