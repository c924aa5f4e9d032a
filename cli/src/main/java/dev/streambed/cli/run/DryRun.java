package dev.streambed.cli.run;

import dev.streambed.cli.local.LocalCluster;
import dev.streambed.cli.run.Outcome.Kind;
import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.Requirements;
import dev.streambed.jobs.Preview;
import dev.streambed.jobs.kafka.FirstRecords;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.registry.RegistryOutage;
import dev.streambed.schemas.SourceRecord;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;

/**
 * {@code streambed run --dry-run}: checks a pipeline file, sends the first records of its source
 * through the steps of the job, and shows what leaves them. Writes nothing, and takes no lock, so
 * the job itself may run meanwhile.
 */
final class DryRun {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(100);

  private final Configuration pipeline;
  private final PrintWriter out;

  /**
   * @param out for the result
   */
  DryRun(Configuration pipeline, PrintWriter out) {
    this.pipeline = pipeline;
    this.out = out;
  }

  /**
   * Shows up to so many records.
   *
   * @throws CommandFailedException if there are some, and all of them would become dead letters
   */
  void show(int count) throws Exception {
    LocalCluster.check(pipeline);
    Preview preview =
        during(
            "checking options, model and Kafka",
            () -> Preview.of(LocalCluster.environment(/* slots= */ 1), pipeline));
    EmbedTopicOptions options = EmbedTopicOptions.from(pipeline);
    List<String> open = during("reading", preview::openTransactions);
    FirstRecords first = during("reading", () -> preview.read(count));
    if (first.records().isEmpty()) {
      out.printf("Records 0: there is nothing to read in %s.%n", options.source().topics());
      printHidden(open);
      return;
    }
    Progress.say("reading from " + first.begin());
    List<Outcome> outcomes = during("embedding", () -> run(preview, first.records(), options));
    var printer = new OutcomePrinter(out, options, preview.profile());
    outcomes.forEach(printer::print);
    printer.printCounts(outcomes);
    if (outcomes.size() < count) {
      printHidden(open);
    }
    if (outcomes.stream().allMatch(outcome -> outcome.kind() == Kind.DEAD_LETTER)) {
      throw new CommandFailedException(
          outcomes.size() == 1
              ? "The only record would become a dead letter."
              : "All %d records would become dead letters.".formatted(outcomes.size()));
    }
  }

  private void printHidden(List<String> openTransactions) {
    for (String partition : openTransactions) {
      out.printf("%s; what follows is not shown.%n", partition);
    }
  }

  private static <T> T during(String what, Progress.Work<T, Exception> work) throws Exception {
    return Progress.during(work, System.err, () -> what);
  }

  private List<Outcome> run(Preview preview, List<SourceRecord> records, EmbedTopicOptions options)
      throws Exception {
    var flink = new Configuration(); // nothing of the file: the job itself may have its ports
    flink.set(CoreOptions.DEFAULT_PARALLELISM, 1);
    try (var outcomes = new Outcomes();
        LocalCluster cluster = LocalCluster.start(flink)) {
      cluster.submit(
          pipeline, (environment, unused) -> outcomes.collect(preview.addTo(environment, records)));
      awaitEnd(cluster, options.startupTimeout());
      return outcomes.of(records);
    }
  }

  /**
   * Waits until the job has ended.
   *
   * @param limit of the time that the job may wait for a schema registry, which has answered before
   */
  private static void awaitEnd(LocalCluster cluster, Duration limit) throws Exception {
    JobStatus status = cluster.jobStatus();
    while (!status.isGloballyTerminalState()) {
      if (RegistryOutage.longestMillis() > limit.toMillis()) {
        throw new CommandFailedException(
            "The schema registry has not given a schema for %s: %s. The job would wait for it."
                .formatted(
                    Requirements.written(limit),
                    RegistryOutage.lastReason().orElse("it does not answer")));
      }
      Thread.sleep(POLL_INTERVAL.toMillis());
      status = cluster.jobStatus();
    }
    if (status != JobStatus.FINISHED) {
      throw new CommandFailedException("The job would fail: " + cluster.lastJobFailure());
    }
  }
}
