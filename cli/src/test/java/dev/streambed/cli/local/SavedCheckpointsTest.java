package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.jobs.kafka.startup.PipelineIdentity;
import dev.streambed.jobs.options.JobOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.UUID;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedCheckpointsTest {
  private static final PipelineIdentity IDENTITY =
      new PipelineIdentity("cluster-a", "texts", "", "cluster-b", "embeddings", "dead-letters");

  @TempDir private Path folder;

  @Test
  void startsAfreshWhenThereIsNoCheckpoint() throws Exception {
    var pipeline = new Configuration();

    assertThat(checkpoints(IDENTITY).addTo(pipeline)).isEmpty();

    assertThat(pipeline.contains(StateRecoveryOptions.SAVEPOINT_PATH)).isFalse();
    assertThat(pipeline.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY))
        .isEqualTo("file://" + checkpoints(IDENTITY).directory().resolve("run-1"));
  }

  @Test
  void goesOnFromTheCheckpointWithTheHighestNumberWhateverTheTimesOfFiles() throws Exception {
    Path run = checkpoints(IDENTITY).directory().resolve("run-1/job");
    complete(run.resolve("chk-9"), 3_000); // as after a touch, or a copy
    Path last = complete(run.resolve("chk-10"), 1_000);
    Files.createDirectories(run.resolve("chk-11")); // without _metadata: killed meanwhile
    Files.createFile(run.resolve("chk-11").resolve("state"));
    var pipeline = new Configuration();

    assertThat(checkpoints(IDENTITY).addTo(pipeline)).contains(last);

    assertThat(pipeline.get(StateRecoveryOptions.SAVEPOINT_PATH)).isEqualTo("file://" + last);
    assertThat(pipeline.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY)).endsWith("/run-2");
  }

  @Test
  void goesOnFromTheNewestRunThatHasACheckpoint() throws Exception {
    Path directory = checkpoints(IDENTITY).directory();
    complete(directory.resolve("run-9/job-b/chk-50"), 3_000);
    Path last = complete(directory.resolve("run-10/job-a/chk-4"), 1_000);
    Files.createDirectories(directory.resolve("run-11/job-c/chk-1"));
    Files.createFile(directory.resolve("run-11/job-c/chk-1/state"));
    var pipeline = new Configuration();

    assertThat(checkpoints(IDENTITY).addTo(pipeline)).contains(last);

    assertThat(pipeline.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY)).endsWith("/run-12");
  }

  @Test
  void keepsToACheckpointThatTheFileNames() throws Exception {
    var pipeline = new Configuration();
    pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, "file:///savepoint");
    complete(checkpoints(IDENTITY).directory().resolve("run-1/job/chk-7"), 1_000);

    assertThat(checkpoints(IDENTITY).addTo(pipeline)).isEmpty();

    assertThat(pipeline.get(StateRecoveryOptions.SAVEPOINT_PATH)).isEqualTo("file:///savepoint");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void knowsNoCheckpointsOfAnotherPipeline(int changed) throws Exception {
    complete(checkpoints(IDENTITY).directory().resolve("run-1/job/chk-7"), 1_000);
    String[] parts = IDENTITY.parts().toArray(new String[0]);
    parts[changed] = "fresh";
    var other = new PipelineIdentity(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5]);

    assertThat(checkpoints(other).addTo(new Configuration())).isEmpty();
  }

  @Test
  void goesOnFromACheckpointOfAVersionThatKnewNoRuns() throws Exception {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, "localhost:9092");
    pipeline.set(JobOptions.SOURCE_TOPIC, "texts");
    pipeline.set(JobOptions.SINK_TOPIC, "embeddings");
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, "dead-letters");
    // sink.bootstrap-servers was not set, and is empty
    String old = "localhost:9092\ntexts\n\nembeddings\ndead-letters\n";
    Path directory =
        folder.resolve(UUID.nameUUIDFromBytes(old.getBytes(StandardCharsets.UTF_8)).toString());
    complete(directory.resolve("job-a/chk-9"), 2_000);
    Path last = complete(directory.resolve("job-b/chk-12"), 1_000);

    assertThat(SavedCheckpoints.in(folder, IDENTITY, pipeline).addTo(pipeline)).contains(last);
  }

  @Test
  void deletesTheEmptyFoldersOfFormerRuns() throws Exception {
    Path directory = checkpoints(IDENTITY).directory();
    Files.createDirectories(directory.resolve("run-1/job/shared"));
    complete(directory.resolve("run-2/job/chk-3"), 1_000);
    Files.createDirectories(directory.resolve("run-2/job/taskowned"));

    checkpoints(IDENTITY).addTo(new Configuration());

    assertThat(directory.resolve("run-1")).doesNotExist();
    assertThat(directory.resolve("run-2/job")).isDirectoryContaining("glob:**chk-3");
    assertThat(directory.resolve("run-2/job/taskowned")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"my job", "a#b", "50%", "%20", "a?b", "a+b&c;d,e", "données", "ä[0]{1}"})
  void findsCheckpointsAgainWhateverTheFolderIsCalled(String name) throws Exception {
    Path odd = Files.createDirectories(folder.resolve(name));
    var first = new Configuration();
    SavedCheckpoints.in(odd, IDENTITY, first).addTo(first);
    // where Flink writes: by its own idea of the path
    Path written =
        Path.of(
            new org.apache.flink.core.fs.Path(
                    first.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY), "job/chk-1")
                .getPath());
    complete(written, 1_000);
    var second = new Configuration();

    Optional<Path> last = SavedCheckpoints.in(odd, IDENTITY, second).addTo(second);

    assertThat(last).contains(written);
    assertThat(
            new org.apache.flink.core.fs.Path(second.get(StateRecoveryOptions.SAVEPOINT_PATH))
                .getPath())
        .isEqualTo(written.toString());
    assertThat(folder).isDirectoryNotContaining(path -> !path.equals(odd));
  }

  @Test
  void refusesAFolderThatFlinkTakesForAnother() throws Exception {
    Path odd = Files.createDirectories(folder.resolve("a\\b"));

    assertThatThrownBy(
            () ->
                SavedCheckpoints.in(odd, IDENTITY, new Configuration()).addTo(new Configuration()))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith("Flink cannot write into " + odd)
        .hasMessageEndingWith("Rename the folder.");
  }

  @Test
  void saysInOneLineThatNothingCanBeWritten() throws Exception {
    Path file = Files.createFile(folder.resolve("no-folder"));

    assertThatThrownBy(
            () ->
                SavedCheckpoints.in(file, IDENTITY, new Configuration()).addTo(new Configuration()))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageStartingWith("Cannot write checkpoints into " + file)
        .hasMessageContaining("Not a directory");
  }

  @Test
  void keepsTheFolderBesideTheNameOfTheFile() throws Exception {
    Path versions = Files.createDirectories(folder.resolve("version-1"));
    Files.createFile(versions.resolve("p.yaml"));
    Files.createSymbolicLink(folder.resolve("p.yaml"), versions.resolve("p.yaml"));
    Files.createSymbolicLink(folder.resolve("link"), folder);

    assertThat(SavedCheckpoints.folder(folder.resolve("link/p.yaml")))
        .isEqualTo(folder.toRealPath().resolve("p.yaml.checkpoints"));
  }

  private SavedCheckpoints checkpoints(PipelineIdentity identity) {
    return SavedCheckpoints.in(folder, identity, new Configuration());
  }

  private static Path complete(Path checkpoint, long millis) throws IOException {
    Files.createDirectories(checkpoint);
    Path metadata = Files.createFile(checkpoint.resolve("_metadata"));
    Files.setLastModifiedTime(metadata, FileTime.fromMillis(millis));
    return checkpoint;
  }
}
