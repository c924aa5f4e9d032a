package dev.streambed.importer.nomic.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.importer.nomic.checkpoint.CheckpointConfig;
import dev.streambed.importer.nomic.checkpoint.Golden;
import dev.streambed.importer.nomic.checkpoint.TestCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each known mistake moves some unit embedding by at least ten times the gate's tolerance. */
class PlantedMistakesIT {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void gateCatchesTheMistakeInMicro(Mistake mistake) throws IOException {
    check("micro", TestCheckpoints.MICRO, mistake);
  }

  @ParameterizedTest
  @EnumSource
  void gateCatchesTheMistakeInTiny(Mistake mistake) throws IOException {
    check("tiny", TestCheckpoints.TINY, mistake);
  }

  private void check(String name, CheckpointConfig config, Mistake mistake) throws IOException {
    TestCheckpoints.write(config, directory);
    ModelProto mistaken = mistake.plant(directory);

    double effect =
        GoldenGate.largestDifference(
            Golden.read(name), List.of(config.hiddenSize()), mistaken, directory.toRealPath());

    assertThat(effect).isGreaterThan(10 * GoldenGate.GATE);
    // The figure shows that it is the mistake that was measured with the goldens, and not another
    // one.
    assertThat(effect)
        .isCloseTo(Golden.effectOfMistake(name, mistake.measuredAs), Percentage.withPercentage(1));
  }
}
