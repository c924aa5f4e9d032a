package dev.streambed.e2e;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One job after the other in the same TaskManager: each comes with the same jar and a class loader
 * of its own, so its native libraries are loaded again.
 */
class ResubmissionIT {
  /** Each leaves its class loader and libraries behind: some 19 MB of metaspace. */
  private static final int SUBMISSIONS = 6;

  private static final int RECORDS = 150;

  @TempDir private Path directory;

  @Test
  void aJobThatIsCancelledAndSubmittedAgainGoesOn() throws Exception {
    try (Deployment deployment = Deployment.start(directory, 1, 1);
        TestJob job =
            TestJob.create(
                deployment, "resubmission", "execution.checkpointing.interval: 500 ms")) {
      FlinkCluster cluster = deployment.cluster();

      for (int submission = 1; submission <= SUBMISSIONS; submission++) {
        job.send(RECORDS);
        if (submission == 1) {
          job.start(1);
        } else {
          job.resubmit(1);
        }
        job.awaitDelivered(submission * RECORDS);
        cluster.jobs().cancel(job.id());
        cluster.awaitSlots();
        System.out.printf(
            "submission %d: %d kB resident, %d bytes of metaspace%n",
            submission,
            cluster.taskManager(0).residentKilobytes(),
            cluster
                .jobs()
                .taskManagerMetric(cluster.taskManagerId(0), "Status.JVM.Memory.Metaspace.Used"));
      }

      job.checkOutput();
    }
  }
}
