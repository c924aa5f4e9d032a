package dev.streambed.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.importer.checkpoint.Checkpoint;
import dev.streambed.importer.checkpoint.CheckpointConfig;
import dev.streambed.importer.checkpoint.Golden;
import dev.streambed.importer.checkpoint.TestCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NomicGraphIT {
  @TempDir Path directory;

  @Test
  void microEmbeddingsAreTheGoldenOnes() throws IOException {
    assertThat(difference("micro", TestCheckpoints.MICRO)).isLessThan(GoldenGate.GATE);
  }

  @Test
  void tinyEmbeddingsAreTheGoldenOnes() throws IOException {
    assertThat(difference("tiny", TestCheckpoints.TINY)).isLessThan(GoldenGate.GATE);
  }

  private double difference(String name, CheckpointConfig config) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(TestCheckpoints.write(config, directory));
    ModelProto graph = NomicGraph.build(checkpoint, 512);
    double d = GoldenGate.largestDifference(Golden.read(name), graph, directory.toRealPath());
    System.out.println(name + " " + d);
    return d;
  }
}
