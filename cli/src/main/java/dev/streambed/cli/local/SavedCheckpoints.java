package dev.streambed.cli.local;

import dev.streambed.jobs.kafka.startup.PipelineIdentity;
import dev.streambed.jobs.options.JobOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;

/**
 * The checkpoints of a pipeline on this machine, from which its next run goes on. The offsets that
 * Kafka knows are not enough for that: records that were read, but not yet embedded, are in the
 * checkpoint alone. Each run has a folder with its number, in which Flink numbers the checkpoints.
 * These names decide which one is the last, never the times of files.
 *
 * @param directory of the checkpoints of one pipeline, in the folder of its file
 * @param oldDirectory where versions without runs kept them
 */
@Internal
public record SavedCheckpoints(Path directory, Path oldDirectory) {
  /** The last, and one to go back to if records written since are lost. */
  private static final int KEPT = 2;

  private static final Pattern RUN = Pattern.compile("run-(\\d{1,9})");
  private static final Pattern CHECKPOINT = Pattern.compile("chk-(\\d{1,18})");

  /** From the folder of a run to the mark of a checkpoint: job, checkpoint, file. */
  private static final int DEPTH = 3;

  /**
   * The identity that named the old directory: without the group, and with addresses instead of
   * clusters.
   */
  private static final List<ConfigOption<String>> OLD_IDENTITY =
      List.of(
          JobOptions.SOURCE_BOOTSTRAP_SERVERS,
          JobOptions.SOURCE_TOPIC,
          JobOptions.SINK_BOOTSTRAP_SERVERS,
          JobOptions.SINK_TOPIC,
          JobOptions.SINK_DEAD_LETTER_TOPIC);

  /**
   * The folder with everything that belongs to a pipeline file.
   *
   * @throws IOException if the folder of the file is not there
   */
  public static Path folder(Path pipelineFile) throws IOException {
    Path file = pipelineFile.toAbsolutePath();
    // Not the real path of the file itself: where files are links, it changes with their content.
    return file.resolveSibling(".").toRealPath().resolve(file.getFileName() + ".checkpoints");
  }

  public static SavedCheckpoints in(
      Path folder, PipelineIdentity identity, Configuration pipeline) {
    var oldIdentity = new StringBuilder();
    for (ConfigOption<String> option : OLD_IDENTITY) {
      oldIdentity.append(pipeline.getOptional(option).orElse("")).append('\n');
    }
    return new SavedCheckpoints(
        folder.resolve(digest(String.join("\n", identity.parts()))),
        folder.resolve(digest(oldIdentity.toString())));
  }

  private static String digest(String identity) {
    return UUID.nameUUIDFromBytes(identity.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /**
   * Makes a job keep its checkpoints in the folder of a new run and, unless its file names another,
   * start from the last one.
   *
   * @return that one; empty if there is none
   */
  public Optional<Path> addTo(Configuration pipeline) throws IOException {
    deleteEmptyFolders();
    List<Path> runs = runs();
    long number = runs.isEmpty() ? 1 : 1 + number(RUN, runs.get(runs.size() - 1));
    Path run = directory.resolve("run-" + number);
    FlinkFolder.requireWritable(run, "checkpoints");
    pipeline.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, FlinkFolder.name(run));
    retain(pipeline);
    if (!pipeline.contains(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS)) {
      pipeline.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, KEPT);
    }
    if (pipeline.contains(StateRecoveryOptions.SAVEPOINT_PATH)) {
      return Optional.empty();
    }
    Optional<Path> last = last(runs);
    if (last.isPresent()) {
      pipeline.set(StateRecoveryOptions.SAVEPOINT_PATH, FlinkFolder.name(last.get()));
      // Flink deletes it as soon as it has newer ones.
      pipeline.set(StateRecoveryOptions.RESTORE_MODE, RecoveryClaimMode.CLAIM);
    }
    return last;
  }

  /**
   * Makes a job leave its checkpoints when it ends, whatever its file says: it goes on from them.
   */
  public static void retain(Configuration pipeline) {
    pipeline.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
  }

  /** The last complete checkpoint of the newest run that has one. */
  private Optional<Path> last(List<Path> runs) throws IOException {
    for (int i = runs.size() - 1; i >= 0; i--) {
      Optional<Path> last = lastIn(runs.get(i));
      if (last.isPresent()) {
        return last;
      }
    }
    return lastIn(oldDirectory);
  }

  /** Flink writes {@code _metadata} last, and goes on counting where it restored. */
  private static Optional<Path> lastIn(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(folder, DEPTH)) {
      return files
          .filter(file -> file.endsWith("_metadata"))
          .map(file -> file.resolveSibling(".").normalize())
          .filter(checkpoint -> number(CHECKPOINT, checkpoint) >= 0)
          .max(Comparator.comparingLong(checkpoint -> number(CHECKPOINT, checkpoint)));
    }
  }

  /** The folders of the runs, the newest last. */
  private List<Path> runs() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(directory)) {
      return folders
          .filter(folder -> number(RUN, folder) >= 0)
          .sorted(Comparator.comparingLong(folder -> number(RUN, folder)))
          .toList();
    }
  }

  /** The number in a folder's name; -1 if it has another name. */
  private static long number(Pattern pattern, Path folder) {
    Matcher matcher = pattern.matcher(String.valueOf(folder.getFileName()));
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }

  /** Flink leaves empty folders of runs whose checkpoints are gone. */
  private void deleteEmptyFolders() throws IOException {
    for (Path folder : List.of(directory, oldDirectory)) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> tree = Files.walk(folder)) {
          tree.filter(Files::isDirectory)
              .sorted(Comparator.reverseOrder())
              .forEach(SavedCheckpoints::deleteIfEmpty);
        }
      }
    }
  }

  private static void deleteIfEmpty(Path folder) {
    try {
      Files.delete(folder);
    } catch (DirectoryNotEmptyException e) {
      // has what a run goes on from
    } catch (IOException e) {
      // an empty folder does no harm; another check reports a folder that cannot be written
    }
  }
}
