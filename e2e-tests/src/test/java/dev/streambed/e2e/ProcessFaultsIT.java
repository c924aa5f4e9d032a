package dev.streambed.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The deployable jar on a real cluster whose processes die, freeze and lose their disk and network.
 * Promises 1, 2, 3 and 7 of the style guide.
 */
class ProcessFaultsIT {
  private static final int RECORDS = 2500;

  /** Of the records: what is delivered before a fault. */
  private static final int BEFORE = 250;

  private static final int PARALLELISM = 2;

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

  /** A job in the middle of its work: some records are delivered, many are not. */
  private static TestJob startJob(String name) throws Exception {
    TestJob job = TestJob.create(deployment, name, OPTIONS);
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
          RECORDS,
          job.delivered());
    }
  }
}
