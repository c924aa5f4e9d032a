package dev.streambed.cli.run;

import dev.streambed.cli.local.DeadLetterCounts;
import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.local.FlinkFolder;
import dev.streambed.cli.local.LocalCluster;
import dev.streambed.cli.local.PipelineLock;
import dev.streambed.cli.local.ProgressDisplay;
import dev.streambed.cli.local.SavedCheckpoints;
import dev.streambed.cli.run.CountWords.Unit;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.kafka.startup.PipelineIdentity;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.PipelineFile;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code streambed run}. */
@Internal
@Command(
    name = "run",
    description = {
      "Runs the job of a pipeline file on this machine, in a Flink cluster of its own with one slot per core, until it"
          + " is interrupted or, if streambed.source.bounded is true, until its source ends.",
      "Keeps its checkpoints beside the file, in PIPELINE.yaml.checkpoints: started again after it was"
          + " interrupted or killed, it goes on from the last one and delivers nothing twice. With other topics, another"
          + " Kafka cluster or another streambed.source.group-id it starts anew. One process at a time runs a file."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the source has ended, or the dry run is done",
      "1:something failed, or too many records became dead letters: in a dry run, all of them",
      "2:wrong usage",
      "130:interrupted; started again, it goes on from its last checkpoint"
    },
    mixinStandardHelpOptions = true)
public final class RunCommand implements Callable<Integer> {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PIPELINE.yaml", description = "the pipeline file")
  private Path file = Path.of("pipeline.yaml");

  @Option(
      names = "--max-dead-letter-share",
      paramLabel = "SHARE",
      description =
          "fail if more than this share of the records, from 0 to 1, become dead letters: at the end, and before it"
              + " once there are "
              + DeadLetterLimit.FEWEST_RECORDS
              + " records (default: 1, which no share passes)")
  private double maxDeadLetterShare = 1;

  @Option(
      names = "--dry-run",
      paramLabel = "N",
      arity = "0..1",
      preprocessor = DryRunCount.IfThereIsOne.class,
      converter = DryRunCount.class,
      description =
          "check everything, show what the first N records (1 to "
              + DryRunCount.MOST
              + ", default: "
              + DryRunCount.DEFAULT
              + ") would become, and write nothing: a job of the same file may run meanwhile")
  private @Nullable Integer dryRun;

  @Override
  public Integer call() throws Exception {
    if (!(maxDeadLetterShare >= 0 && maxDeadLetterShare <= 1)) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value %s for --max-dead-letter-share: must be between 0 and 1."
              .formatted(maxDeadLetterShare));
    }
    if (dryRun != null && (dryRun < 1 || dryRun > DryRunCount.MOST)) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid value %d for --dry-run: must be between 1 and %d."
              .formatted(dryRun, DryRunCount.MOST));
    }
    if (!Files.isRegularFile(file)) {
      throw new ParameterException(
          spec.commandLine(), "There is no pipeline file %s.".formatted(file));
    }
    try {
      start(PipelineFile.read(file));
    } catch (InvalidPipelineException e) {
      throw PipelineFile.placed(file, e);
    }
    return CommandLine.ExitCode.OK;
  }

  private void start(Configuration pipeline) throws Exception {
    boolean keepsCheckpoints = !pipeline.contains(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
    Integer shown = dryRun;
    if (shown != null) {
      if (keepsCheckpoints) {
        SavedCheckpoints.retain(pipeline);
      }
      var dry = new DryRun(pipeline, spec.commandLine().getOut());
      EndNotice.during(() -> dry.show(shown), System.err, "nothing was written.");
      return;
    }
    Path folder = SavedCheckpoints.folder(file);
    PipelineLock lock = lock(folder, keepsCheckpoints);
    try {
      EndNotice.during(
          () -> run(pipeline, folder, keepsCheckpoints),
          System.err,
          whatEnds(keepsCheckpoints, pipeline));
    } finally {
      if (lock != null) {
        lock.close();
      }
    }
  }

  /** If the checkpoints lie elsewhere, the folder of the file may be read-only. */
  private @Nullable PipelineLock lock(Path folder, boolean keepsCheckpoints) {
    try {
      return PipelineLock.take(file, folder, RunCommand::warnOfNoLock);
    } catch (IOException e) {
      if (keepsCheckpoints) {
        throw new CommandFailedException(String.valueOf(e.getMessage()), e);
      }
      warnOfNoLock(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static void warnOfNoLock(String reason) {
    System.err.println(reason + " Make sure that nobody else runs it.");
  }

  private void run(Configuration pipeline, Path folder, boolean keepsCheckpoints) throws Exception {
    PrintStream err = System.err;
    if (keepsCheckpoints) {
      SavedCheckpoints.in(folder, PipelineIdentity.of(pipeline), pipeline)
          .addTo(pipeline)
          .ifPresent(found -> err.println("Going on from checkpoint " + found));
    }
    try (LocalCluster cluster = LocalCluster.start(pipeline)) {
      err.printf("Flink: %s (%d slots)%n", cluster.webAddress(), cluster.slots());
      cluster.submit(pipeline, EmbedTopicJob::build);
      Unit unit = Unit.of(pipeline);
      follow(cluster, err, unit, keepsCheckpoints ? folder : null);
      DeadLetterCounts dead = cluster.deadLetters();
      err.printf(
          Locale.ROOT,
          "The source has ended, and all of it is committed: %s, %s%s%s.%n",
          CountWords.withoutDeadLetters(cluster.counts(), unit),
          dead,
          dead.total() == 0 ? "" : " in topic " + pipeline.get(JobOptions.SINK_DEAD_LETTER_TOPIC),
          CountWords.withTombstones(cluster.counts()));
    }
  }

  /** How the job ends when it is interrupted. */
  static String whatEnds(boolean keepsCheckpoints, Configuration pipeline) {
    return "the job ends without a savepoint. "
        + (keepsCheckpoints
            ? "Started again, it goes on from its last checkpoint."
            : "Its checkpoints are in %s; to go on from the last, name it in %s."
                .formatted(
                    pipeline.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY),
                    StateRecoveryOptions.SAVEPOINT_PATH.key()));
  }

  /** Shows progress until the job ends. */
  private void follow(LocalCluster cluster, PrintStream err, Unit unit, @Nullable Path checkpoints)
      throws Exception {
    var display =
        new ProgressDisplay(
            err, ProgressDisplay.Medium.ofThisProcess(), System::nanoTime, unit.words());
    var limit = new DeadLetterLimit(maxDeadLetterShare);
    String lastFailure = cluster.lastJobFailure();
    JobStatus status = cluster.jobStatus();
    while (!status.isGloballyTerminalState()) {
      Reading counts = cluster.counts();
      display.update(progress(status, counts, unit, cluster.deadLetters()), counts);
      String failure = cluster.lastJobFailure();
      status = cluster.jobStatus();
      if (!failure.equals(lastFailure) && !hasFailedForGood(status)) {
        display.message(
            "The job failed and restarts from its last checkpoint: "
                + reason(checkpoints, failure));
      }
      lastFailure = failure;
      limit.checkMeanwhile(cluster.deadLetters(), counts.documents());
      Thread.sleep(POLL_INTERVAL.toMillis());
      status = cluster.jobStatus();
    }
    display.end();
    if (status != JobStatus.FINISHED) {
      throw new CommandFailedException(
          "The job ended with status %s: %s"
              .formatted(status, reason(checkpoints, cluster.lastJobFailure())));
    }
    limit.checkAtEnd(cluster.deadLetters(), cluster.counts().documents());
  }

  private static boolean hasFailedForGood(JobStatus status) {
    return status == JobStatus.FAILING || status == JobStatus.FAILED;
  }

  private static String progress(
      JobStatus status, Reading counts, Unit unit, DeadLetterCounts dead) {
    return String.format(
        Locale.ROOT,
        "%s, %s%s%s",
        status.name().toLowerCase(Locale.ROOT),
        CountWords.withoutDeadLetters(counts, unit),
        dead.total() == 0 ? "" : ", " + dead,
        CountWords.withTombstones(counts));
  }

  /** Flink does not tell why a checkpoint could not be written. */
  private static String reason(@Nullable Path checkpoints, String failure) {
    try {
      if (checkpoints != null) {
        FlinkFolder.requireWritable(checkpoints, "checkpoints");
      }
      return failure;
    } catch (CommandFailedException e) {
      return e.getMessage() + " " + failure;
    }
  }
}
