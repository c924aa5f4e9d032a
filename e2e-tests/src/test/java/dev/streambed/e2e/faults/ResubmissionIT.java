package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.defaultmodel.DefaultModel;
import dev.streambed.e2e.harness.Deployment;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.harness.FlinkProcess;
import dev.streambed.e2e.harness.TestJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One job after the other in the same TaskManager: each comes with the same jar and a class loader
 * of its own, so its native libraries are loaded again, and must go again.
 */
class ResubmissionIT {
  /** Before memory is compared: caches fill, and arenas and heap find their sizes. */
  private static final int WARM_UP = 2;

  private static final int SUBMISSIONS = WARM_UP + 3;
  private static final int RECORDS = 150;
  private static final int FAILED_STARTS = 3;

  /** Flink releases a job some time after its slots are free. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /**
   * Over the three submissions after the warm-up: a class loader that stays holds 19 MB of
   * metaspace, and 96 MB in all; malloc, which is not told to trim, keeps 55 MB of each submission.
   */
  private static final long METASPACE_TOLERANCE_BYTES = 15_000_000;

  private static final long RESIDENT_TOLERANCE_KILOBYTES = 120_000;

  private static final String CLASS_LOADER = "org.apache.flink.util.ChildFirstClassLoader";

  @TempDir private Path directory;

  @Test
  void aJobThatIsCancelledAndSubmittedAgainGoesOnAndLeavesNothingBehind() throws Exception {
    try (Deployment deployment = Deployment.start(directory, 1, 1);
        TestJob job =
            TestJob.create(
                deployment, "resubmission", "execution.checkpointing.interval: 500 ms")) {
      FlinkCluster cluster = deployment.cluster();
      List<Memory> after = new ArrayList<>();

      for (int submission = 1; submission <= SUBMISSIONS; submission++) {
        job.send(RECORDS);
        if (submission == 1) {
          job.start(1);
        } else {
          job.resubmit(1);
        }
        job.awaitDelivered(submission * RECORDS);
        assertThat(cluster.taskManager(0).liveInstances(CLASS_LOADER)).isPositive();
        cluster.jobs().cancel(job.id());
        cluster.awaitSlots();
        after.add(memory(cluster));
        System.out.printf("submission %d: %s%n", submission, after.get(submission - 1));
      }

      job.checkOutput();
      Memory warm = after.get(WARM_UP - 1);
      Memory last = after.get(SUBMISSIONS - 1);
      assertThat(last.metaspaceBytes())
          .as("metaspace after each submission: %s", after)
          .isLessThan(warm.metaspaceBytes() + METASPACE_TOLERANCE_BYTES);
      assertThat(last.residentKilobytes())
          .as("resident memory after each submission: %s", after)
          .isLessThan(warm.residentKilobytes() + RESIDENT_TOLERANCE_KILOBYTES);
    }
  }

  /** The sample project's: two models, of which a lambda opens one, and windows over vectors. */
  @Test
  void aProgramOfAUserLeavesNothingBehind() throws Exception {
    String model = DefaultModel.open().path().toAbsolutePath().toString();
    Path jar = Path.of("../docs/examples/article-job/target/article-job-1.0.jar");
    try (JarFile content = new JarFile(jar.toFile())) {
      assertThat(content.stream().map(JarEntry::getName)).noneMatch(name -> name.contains(".dSYM"));
    }
    try (FlinkCluster cluster = FlinkCluster.start(directory, 1, 1)) {
      String job = cluster.jobs().runProgram(jar, "com.example.ArticleJob", List.of(model, model));

      cluster.jobs().awaitStatus(job, "FINISHED");
      cluster.awaitSlots();
      awaitEndOfClassLoaders(cluster.taskManager(0));
    }
  }

  @Test
  void aJobThatRestartsWhileKafkaIsAwayLeavesNothingBehind() throws Exception {
    try (Deployment deployment = Deployment.start(directory, 1, 1);
        TestJob job =
            TestJob.create(
                deployment,
                "outage",
                "execution.checkpointing.interval: 500 ms",
                "streambed.source.kafka.default.api.timeout.ms: 2000",
                "streambed.source.kafka.request.timeout.ms: 2000",
                "streambed.sink.kafka.default.api.timeout.ms: 1000",
                "streambed.sink.kafka.request.timeout.ms: 1000")) {
      FlinkCluster cluster = deployment.cluster();
      FlinkProcess taskManager = cluster.taskManager(0);
      job.send(RECORDS);
      job.start(1);
      job.awaitDelivered(RECORDS);
      awaitEmptyCheckpoint(job);
      deployment.broker().kill();
      taskManager.kill();
      taskManager.start();
      await("starts that fail")
          .atMost(Duration.ofMinutes(2))
          .until(() -> failedStarts(taskManager) >= FAILED_STARTS);

      cluster.jobs().cancel(job.id());
      cluster.awaitSlots();

      awaitEndOfClassLoaders(taskManager);
      deployment.broker().restart();
      job.send(RECORDS);
      job.resubmit(1);
      job.checkOutput();
    }
  }

  /**
   * Waits until a checkpoint has no transaction to commit: with one, a restart would wait for Kafka
   * in the committer, for a minute, before it opens a writer.
   */
  private static void awaitEmptyCheckpoint(TestJob job) throws Exception {
    int begun = job.checkpoints().completed() + 1; // perhaps, and with a transaction
    await("empty checkpoint")
        .atMost(LIMIT)
        .until(() -> job.checkpoints().completed(), count -> count > begun);
  }

  /** Starts of the job in which a writer could not list open transactions. */
  private static long failedStarts(FlinkProcess taskManager) throws IOException {
    try (Stream<String> lines = Files.lines(taskManager.logFile())) {
      return lines.filter(line -> line.contains("Failed to get open transactions")).count();
    }
  }

  /** The memory of a TaskManager while no job runs. */
  private record Memory(long metaspaceBytes, long residentKilobytes) {}

  private static Memory memory(FlinkCluster cluster) throws Exception {
    awaitEndOfClassLoaders(cluster.taskManager(0));
    return new Memory(
        cluster
            .jobs()
            .taskManagerMetric(cluster.taskManagerId(0), "Status.JVM.Memory.Metaspace.Used"),
        cluster.taskManager(0).residentKilobytes());
  }

  private static void awaitEndOfClassLoaders(FlinkProcess taskManager) {
    await("end of the class loaders of jobs")
        .atMost(LIMIT)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> taskManager.liveInstances(CLASS_LOADER), Predicate.isEqual(0L));
  }
}
