package dev.streambed.e2e.faults;

import dev.streambed.e2e.harness.Deployment;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.harness.FlinkProcess;
import dev.streambed.e2e.harness.TestJob;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * Random faults of the processes of a {@link Deployment} with two TaskManagers, and their count.
 */
final class ProcessFaults {
  private static final int LONGEST_OUTAGE_MILLIS = 15_000;

  /** The kinds of faults. */
  enum Fault {
    TASK_MANAGER_KILL,
    TASK_MANAGER_FREEZE,
    JOB_MANAGER_KILL,
    BROKER_KILL,
    NETWORK_CUT
  }

  private final Deployment deployment;
  private final TestJob job;
  private final int parallelism;
  private final Random random;
  private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);

  ProcessFaults(Deployment deployment, TestJob job, int parallelism, Random random) {
    this.deployment = deployment;
    this.job = job;
    this.parallelism = parallelism;
    this.random = random;
  }

  Fault next() {
    return Fault.values()[random.nextInt(Fault.values().length)];
  }

  Map<Fault, Integer> counts() {
    return Collections.unmodifiableMap(counts);
  }

  /** Returns once the failed part is back, before the job has recovered. */
  void strike(Fault fault) throws Exception {
    FlinkCluster cluster = deployment.cluster();
    FlinkProcess taskManager = cluster.taskManager(random.nextInt(2));
    counts.merge(fault, 1, Integer::sum);
    switch (fault) {
      case TASK_MANAGER_KILL -> {
        taskManager.kill();
        taskManager.start();
      }
      case TASK_MANAGER_FREEZE -> {
        taskManager.freeze();
        outage();
        taskManager.thaw();
      }
      case JOB_MANAGER_KILL -> {
        cluster.jobManager().kill();
        cluster.jobManager().start();
        cluster.awaitSlots();
        job.resubmit(parallelism);
      }
      case BROKER_KILL -> {
        deployment.broker().kill();
        outage();
        deployment.broker().restart();
      }
      case NETWORK_CUT -> {
        deployment.network().cut();
        outage();
        deployment.network().mend();
      }
    }
  }

  private void outage() throws InterruptedException {
    Thread.sleep(random.nextInt(LONGEST_OUTAGE_MILLIS));
  }
}
