package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.jobs.options.JobOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedCheckpointsTest {
  @TempDir private Path folder;

  @Test
  void startsAfreshWhenThereIsNoCheckpoint() throws Exception {
    Configuration pipeline = pipeline("texts");

    assertThat(checkpoints(pipeline).addTo(pipeline)).isEmpty();

    assertThat(pipeline.contains(StateRecoveryOptions.SAVEPOINT_PATH)).isFalse();
    assertThat(pipeline.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY))
        .startsWith(folder.resolve("pipeline.yaml.checkpoints").toUri().toString());
  }

  @Test
  void goesOnFromTheLastCompleteCheckpointOfAnyRun() throws Exception {
    Configuration pipeline = pipeline("texts");
    SavedCheckpoints checkpoints = checkpoints(pipeline);
    complete(checkpoints.directory().resolve("run-1/chk-7"), 1_000);
    Path last = complete(checkpoints.directory().resolve("run-2/chk-3"), 2_000);
    Files.createDirectories(checkpoints.directory().resolve("run-2/chk-4")); // without _metadata

    assertThat(checkpoints.addTo(pipeline)).contains(last);

    assertThat(pipeline.get(StateRecoveryOptions.SAVEPOINT_PATH))
        .isEqualTo(last.toUri().toString());
  }

  @Test
  void keepsToACheckpointThatTheFileNames() throws Exception {
    Configuration pipeline = pipeline("texts");
    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, "file:///savepoint");
    SavedCheckpoints checkpoints = checkpoints(pipeline);
    complete(checkpoints.directory().resolve("run-1/chk-7"), 1_000);

    assertThat(checkpoints.addTo(pipeline)).isEmpty();

    assertThat(pipeline.get(StateRecoveryOptions.SAVEPOINT_PATH)).isEqualTo("file:///savepoint");
  }

  @Test
  void knowsNoCheckpointsOfOtherTopics() throws Exception {
    complete(checkpoints(pipeline("texts")).directory().resolve("run-1/chk-7"), 1_000);
    Configuration other = pipeline("other-texts");

    assertThat(checkpoints(other).addTo(other)).isEmpty();
  }

  private SavedCheckpoints checkpoints(Configuration pipeline) {
    return SavedCheckpoints.beside(folder.resolve("pipeline.yaml"), pipeline);
  }

  private static Configuration pipeline(String topic) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_TOPIC, topic);
    return pipeline;
  }

  private static Path complete(Path checkpoint, long millis) throws IOException {
    Files.createDirectories(checkpoint);
    Path metadata = Files.createFile(checkpoint.resolve("_metadata"));
    Files.setLastModifiedTime(metadata, FileTime.fromMillis(millis));
    return checkpoint;
  }
}
