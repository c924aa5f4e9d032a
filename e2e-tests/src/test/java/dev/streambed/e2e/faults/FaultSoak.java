package dev.streambed.e2e.faults;

import dev.streambed.e2e.faults.ProcessFaults.Fault;
import dev.streambed.e2e.harness.Deployment;
import dev.streambed.e2e.harness.TestJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random faults for minutes, seeded; for {@code mvn verify -Psoak}, which sets the minutes.
 * Sometimes a fault hits while the job still recovers from the one before.
 */
class FaultSoak {
  private static final Duration LENGTH = Duration.ofMinutes(Integer.getInteger("soak.minutes", 30));
  private static final int RECORDS = Integer.getInteger("soak.records", 50_000);
  private static final long SEED = Long.getLong("soak.seed", System.currentTimeMillis());

  /** Records that always wait for the job, so that it is never idle. */
  private static final int BACKLOG = 1500;

  private static final int PARALLELISM = 2;
  private static final int LONGEST_PAUSE_MILLIS = 8_000;
  private static final double AT_ONCE = 0.25;

  @TempDir private Path directory;

  private final Random random = new Random(SEED);
  private int recoveries;
  private long slowestRecoveryMillis;

  @Test
  void deliversEachRecordOnceWhateverHappens() throws Exception {
    System.out.printf("Soak of %s with seed %d%n", LENGTH, SEED);
    long start = System.nanoTime();
    try (Deployment deployment = Deployment.start(directory, 2, 2);
        TestJob job =
            TestJob.create(
                deployment,
                "soak",
                "execution.checkpointing.interval: 1 s",
                "execution.checkpointing.timeout: 10 s")) {
      var faults = new ProcessFaults(deployment, job, PARALLELISM, random);
      job.send(BACKLOG);
      job.start(PARALLELISM);
      job.awaitMore();
      while (System.nanoTime() - start < LENGTH.toNanos()) {
        feed(job, random.nextInt(LONGEST_PAUSE_MILLIS));
        Fault fault = faults.next();
        System.out.printf("%s after %d records%n", fault, job.delivered());
        faults.strike(fault);
        if (random.nextDouble() >= AT_ONCE) {
          awaitRecovery(job);
        }
      }
      while (job.sent() < RECORDS) {
        feed(job, LONGEST_PAUSE_MILLIS);
      }
      job.checkOutput();

      System.out.printf(
          "Soak with seed %d: %d s, faults %s, %d in all, %d recoveries, the slowest %d ms, %d records, lost 0, twice 0%n",
          SEED,
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
          faults.counts(),
          faults.counts().values().stream().mapToInt(Integer::intValue).sum(),
          recoveries,
          slowestRecoveryMillis,
          job.sent());
    }
  }

  /** Keeps the backlog filled for a while. */
  private static void feed(TestJob job, int millis) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    do {
      int room = BACKLOG - (job.sent() - job.delivered());
      if (room > 0) {
        job.send(room);
      }
    } while (System.nanoTime() - end < 0);
  }

  private void awaitRecovery(TestJob job) {
    long start = System.nanoTime();
    job.awaitMore();
    recoveries++;
    slowestRecoveryMillis =
        Math.max(slowestRecoveryMillis, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
  }
}
