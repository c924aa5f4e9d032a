package dev.streambed.cli.local;

import dev.streambed.jobs.options.JobOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;

/**
 * The checkpoints of a pipeline on this machine, from which its next run goes on. The offsets that
 * Kafka knows are not enough for that: records that were read, but not yet embedded, are in the
 * checkpoint alone.
 *
 * @param directory of the checkpoints of one pipeline file with one set of topics
 */
public record SavedCheckpoints(Path directory) {
  /** With another of these, a checkpoint would go on with the wrong topics. */
  private static final List<ConfigOption<String>> IDENTITY =
      List.of(
          JobOptions.SOURCE_BOOTSTRAP_SERVERS,
          JobOptions.SOURCE_TOPIC,
          JobOptions.SINK_BOOTSTRAP_SERVERS,
          JobOptions.SINK_TOPIC,
          JobOptions.SINK_DEAD_LETTER_TOPIC);

  /** The last, and the one to go back to if what was written since is lost. */
  private static final int KEPT = 2;

  public static SavedCheckpoints beside(Path pipelineFile, Configuration pipeline) {
    var identity = new StringBuilder();
    for (ConfigOption<String> option : IDENTITY) {
      identity.append(pipeline.getOptional(option).orElse("")).append('\n');
    }
    UUID name = UUID.nameUUIDFromBytes(identity.toString().getBytes(StandardCharsets.UTF_8));
    Path file = pipelineFile.toAbsolutePath();
    return new SavedCheckpoints(
        file.resolveSibling(file.getFileName() + ".checkpoints").resolve(name.toString()));
  }

  /**
   * Makes a job keep its checkpoints here and, unless its file names another, start from the last
   * one.
   *
   * @return that one; empty if there is none
   */
  public Optional<Path> addTo(Configuration pipeline) throws IOException {
    pipeline.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
    pipeline.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    if (!pipeline.contains(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS)) {
      pipeline.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, KEPT);
    }
    if (pipeline.contains(StateRecoveryOptions.SAVEPOINT_PATH)) {
      return Optional.empty();
    }
    Optional<Path> last = last();
    if (last.isPresent()) {
      pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, last.get().toUri().toString());
      // Flink deletes it as soon as it has a newer one.
      pipeline.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
    }
    return last;
  }

  /** The last complete checkpoint; Flink writes {@code _metadata} last. */
  private Optional<Path> last() throws IOException {
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(directory, /* job, checkpoint, file */ 3)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .max(Comparator.comparing(SavedCheckpoints::modified))
          .map(Path::getParent);
    }
  }

  private static FileTime modified(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0); // gone meanwhile
    }
  }
}
