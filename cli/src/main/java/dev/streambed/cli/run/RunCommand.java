package dev.streambed.cli.run;

import dev.streambed.cli.local.EmbeddingCounts.Reading;
import dev.streambed.cli.local.LocalCluster;
import dev.streambed.cli.local.ProgressDisplay;
import dev.streambed.cli.local.SavedCheckpoints;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.PipelineFile;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code streambed run}. */
@Command(
    name = "run",
    description = {
      "Runs the job of a pipeline file on this machine, in a Flink cluster of its own with one slot per core, until it"
          + " is interrupted or, if streambed.source.bounded is true, until its source ends.",
      "Keeps its checkpoints beside the file, in PIPELINE.yaml.checkpoints: started again after it was"
          + " interrupted or killed, it goes on from the last one and delivers nothing twice."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:the source has ended", "1:something failed", "2:wrong usage"},
    mixinStandardHelpOptions = true)
public final class RunCommand implements Callable<Integer> {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PIPELINE.yaml", description = "the pipeline file")
  private Path file = Path.of("pipeline.yaml");

  @Override
  public Integer call() throws Exception {
    if (!Files.isRegularFile(file)) {
      throw new ParameterException(
          spec.commandLine(), "There is no pipeline file %s.".formatted(file));
    }
    PrintStream err = System.err;
    Configuration pipeline = PipelineFile.read(file);
    if (!pipeline.contains(CheckpointingOptions.CHECKPOINTS_DIRECTORY)) {
      SavedCheckpoints.beside(file, pipeline)
          .addTo(pipeline)
          .ifPresent(found -> err.println("Going on from checkpoint " + found));
    }
    try (LocalCluster cluster = LocalCluster.start(pipeline)) {
      err.printf("Flink: %s (%d slots)%n", cluster.webAddress(), cluster.slots());
      cluster.submit(pipeline, EmbedTopicJob::build);
      follow(cluster, err);
    }
    return CommandLine.ExitCode.OK;
  }

  /** Shows progress until the job ends. */
  private static void follow(LocalCluster cluster, PrintStream err) throws Exception {
    var display =
        new ProgressDisplay(err, ProgressDisplay.Medium.ofThisProcess(), System::nanoTime);
    String lastFailure = cluster.lastJobFailure();
    JobStatus status = cluster.jobStatus();
    while (!status.isGloballyTerminalState()) {
      Reading counts = cluster.counts();
      display.update(
          String.format(
              Locale.ROOT,
              "%s, embedded %,d",
              status.name().toLowerCase(Locale.ROOT),
              counts.texts()),
          counts);
      String failure = cluster.lastJobFailure();
      if (!failure.equals(lastFailure)) {
        display.message("The job failed and restarts from its last checkpoint: " + failure);
        lastFailure = failure;
      }
      Thread.sleep(POLL_INTERVAL.toMillis());
      status = cluster.jobStatus();
    }
    display.end();
    if (status != JobStatus.FINISHED) {
      throw new CommandFailedException(
          "The job ended with status %s: %s".formatted(status, cluster.lastJobFailure()));
    }
    err.println("The source has ended, and all of it is committed.");
  }
}
