package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.harness.Deployment;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.harness.TestJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deployable jar on a real cluster whose processes die, freeze and lose their disk and network.
 * Promises 1, 2, 3 and 7 of CONTRIBUTING.md.
 */
class ProcessFaultsIT {
  /** Enough for some seconds of work after each fault. */
  private static final int RECORDS = 2500;

  /** The records that are delivered before a fault. */
  private static final int BEFORE = 250;

  private static final int PARALLELISM = 2;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private static final String[] OPTIONS = {
    "execution.checkpointing.interval: 500 ms", "execution.checkpointing.timeout: 8 s"
  };

  @TempDir private static Path directory;
  private static Deployment deployment;
  private static FlinkCluster cluster;

  @BeforeAll
  static void deploy() throws Exception {
    // Twice the slots that a job needs: one TaskManager can go on without the other.
    deployment = Deployment.start(directory, /* taskManagers= */ 2, /* slots= */ 2);
    cluster = deployment.cluster();
  }

  @AfterAll
  static void undeploy() throws Exception {
    deployment.close();
  }

  @AfterEach
  void awaitIdleCluster() {
    cluster.awaitSlots();
  }

  @Test
  void deliversEachRecordOnceWhenATaskManagerIsKilled() throws Exception {
    try (TestJob job = startJob("task-manager-kill")) {
      var recovery = new Recovery("TaskManager killed");

      cluster.taskManager(1).kill();
      job.awaitRestore(0);

      recovery.report(job);
      job.checkOutput();
    } finally {
      cluster.taskManager(1).start();
    }
  }

  /** In order also where the async operator is not: those in flight at a rescale. */
  @Test
  void writesWhatChangedOnceAndInOrderThroughALossAndARescale() throws Exception {
    try (TestJob job =
        TestJob.create(
            deployment,
            "changes",
            "streambed.changes.mode: skip",
            "execution.checkpointing.interval: 500 ms",
            // A checkpoint waits for the records between decode and embed.
            "execution.checkpointing.timeout: 3 min")) {
      job.send(RECORDS);
      job.start(PARALLELISM);
      job.awaitDelivered(BEFORE);
      job.sendLastOfKeysAgain();

      cluster.taskManager(1).kill();
      job.awaitRestore(0);
      job.send(RECORDS);
      String savepoint = cluster.jobs().stop(job.id());
      assertThat(job.delivered()).as("records delivered before").isLessThan(job.sent() - BEFORE);
      job.start(/* parallelism= */ 1, savepoint);
      job.sendLastOfKeysAgain();

      job.checkOutput();
    } finally {
      cluster.taskManager(1).start();
    }
  }

  @Test
  void aTaskManagerThatWasTakenForDeadWritesNothingTwice() throws Exception {
    try (TestJob job = startJob("task-manager-freeze")) {
      var recovery = new Recovery("TaskManager frozen past the heartbeat timeout");

      cluster.taskManager(1).freeze();
      job.awaitRestore(0); // on the other TaskManager
      recovery.report(job);
      cluster.taskManager(1).thaw(); // with a batch in its hands, and an open transaction

      job.checkOutput();
      cluster.taskManager(1).assertRuns();
    }
  }

  @Test
  void aJobResubmittedFromItsLastCheckpointAfterItsJobManagerDiedDeliversEachRecordOnce()
      throws Exception {
    try (TestJob job = startJob("job-manager-kill")) {
      var recovery = new Recovery("JobManager killed, job resubmitted from its last checkpoint");

      cluster.jobManager().kill();
      cluster.jobManager().start();
      cluster.awaitSlots();
      job.resubmit(PARALLELISM);
      job.awaitMore();

      recovery.report(job);
      job.checkOutput();
    }
  }

  @Test
  void deliversEachRecordOnceWhenTheBrokerIsKilled() throws Exception {
    try (TestJob job = startJob("broker-kill")) {
      var recovery = new Recovery("broker killed and started again");

      deployment.broker().kill();
      deployment.broker().restart();
      job.awaitMore();

      recovery.report(job);
      job.checkOutput();
    }
  }

  @Test
  void deliversEachRecordOnceWhenTheBrokerIsDownForLongerThanACheckpoint() throws Exception {
    try (TestJob job = startJob("broker-outage")) {
      deployment.broker().kill();
      job.awaitFailedCheckpoint();
      var recovery = new Recovery("broker started after it was down for longer than a checkpoint");
      deployment.broker().restart();
      job.awaitMore();

      recovery.report(job);
      job.checkOutput();
    }
  }

  @Test
  void aJobCancelledWhileTheBrokerIsAwayTakesNoTaskManagerWithIt() throws Exception {
    // A writer that is closed aborts its transaction, and gives up after this time.
    try (TestJob job = startJob("cancel-in-outage", "streambed.sink.kafka.max.block.ms: 5000")) {
      deployment.broker().kill();
      cluster.jobs().cancel(job.id());
      cluster.awaitSlots();

      deployment.broker().restart();
      job.resubmit(PARALLELISM);
      job.checkOutput();
    }
  }

  @Test
  void deliversEachRecordOnceWhenTheNetworkToTheBrokerIsCut() throws Exception {
    try (TestJob job = startJob("network-cut")) {
      deployment.network().cut();
      job.awaitFailedCheckpoint();
      var recovery = new Recovery("network mended after it was cut for longer than a checkpoint");
      deployment.network().mend();
      job.awaitMore();

      recovery.report(job);
      job.checkOutput();
    }
  }

  @Test
  void deliversEachRecordOnceWhenCheckpointsFail() throws Exception {
    try (TestJob job = startJob("checkpoint-failure")) {
      Path checkpoints = cluster.directory().checkpoints().resolve(job.id());
      Path away = checkpoints.resolveSibling("away");

      // A file in its place: missing permissions would not stop root.
      Files.move(checkpoints, away);
      Files.writeString(checkpoints, "not a directory");
      job.awaitFailedCheckpoint();
      Files.delete(checkpoints);
      Files.move(away, checkpoints);
      var recovery = new Recovery("checkpoint directory back after checkpoints failed");
      job.awaitMore();

      recovery.report(job);
      job.checkOutput();
    }
  }

  @Test
  void aSavepointIsRestoredAtAnotherParallelismInBothDirections() throws Exception {
    try (TestJob job = TestJob.create(deployment, "rescale", OPTIONS)) {
      job.send(RECORDS);
      job.start(/* parallelism= */ 1);
      job.awaitDelivered(BEFORE);

      rescale(job, /* parallelism= */ 2);
      job.send(RECORDS);
      job.awaitMore();
      rescale(job, /* parallelism= */ 1);
    }
  }

  /** Stops a job with records in flight, goes on with them, and checks the whole output. */
  private static void rescale(TestJob job, int parallelism) throws Exception {
    assertThat(job.delivered()).as("records delivered before").isLessThan(job.sent() - BEFORE);
    String savepoint = cluster.jobs().stop(job.id());
    var recovery = new Recovery("stopped, restored at parallelism " + parallelism);
    job.start(parallelism, savepoint);
    int firstUnread = job.sent();
    job.send(BEFORE);
    job.awaitMore();
    recovery.report(job);
    job.checkOutputInOrderFrom(firstUnread); // docs/decisions/0021: not those in flight
  }

  @Test
  void endOfInputDeliversAPartialBatch() throws Exception {
    try (TestJob job = TestJob.create(deployment, "end", "streambed.source.bounded: true")) {
      job.send(37);

      job.start(PARALLELISM);
      cluster.jobs().awaitStatus(job.id(), "FINISHED");

      job.checkOutput();
    }
  }

  @Test
  void drainDeliversAllThatWasRead() throws Exception {
    // No checkpoint before the end: only draining delivers records.
    try (TestJob job =
        TestJob.create(deployment, "drain", "execution.checkpointing.interval: 10 min")) {
      job.send(500); // fewer than one slot takes into its hands
      job.start(/* parallelism= */ 1);
      await("all records to be read").atMost(LIMIT).until(() -> job.read() == 500);
      assertThat(job.delivered()).isZero();

      cluster.jobs().drain(job.id());

      job.checkOutput();
    }
  }

  /** A job in the middle of its work: some records are delivered, many are not. */
  private static TestJob startJob(String name, String... options) throws Exception {
    TestJob job =
        TestJob.create(
            deployment,
            name,
            Stream.concat(Stream.of(OPTIONS), Stream.of(options)).toArray(String[]::new));
    job.send(RECORDS);
    job.start(PARALLELISM);
    job.awaitDelivered(BEFORE);
    assertThat(job.delivered()).as("records delivered before the fault").isLessThan(RECORDS / 2);
    return job;
  }

  /** The time from a fault, or its end, until consumers see more records. */
  private static final class Recovery {
    private final String fault;
    private final long startNanos = System.nanoTime();

    Recovery(String fault) {
      this.fault = fault;
    }

    void report(TestJob job) {
      System.out.printf(
          "%s: delivered again after %.1f s; %d records, %d of them before%n",
          fault,
          Duration.ofNanos(System.nanoTime() - startNanos).toMillis() / 1000.0,
          job.sent(),
          job.delivered());
    }
  }
}
