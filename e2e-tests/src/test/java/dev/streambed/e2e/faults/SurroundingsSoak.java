package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.faults.ProcessFaults.Fault;
import dev.streambed.e2e.harness.Deployment;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.harness.TestJob;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.schemas.SourcePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Like {@link FaultSoak}, with {@link HarshRecords}, and Kafka deletes records before the job has
 * read them: a record that is neither delivered nor reported as lost is a bug. Run by {@code mvn
 * verify -Psoak}.
 */
class SurroundingsSoak {
  private static final Duration LENGTH = Duration.ofMinutes(Integer.getInteger("soak.minutes", 30));
  private static final int RECORDS = Integer.getInteger("soak.records", 50_000);
  private static final long SEED = Long.getLong("soak.seed", System.currentTimeMillis());

  private static final String NAME = "surroundings";
  private static final String SOURCE = NAME + "-texts";
  private static final int PARTITIONS = 4;
  private static final int PARALLELISM = 2;
  private static final int BACKLOG = 1500;

  /** Records sent while no TaskManager runs: the job has not read them when they are deleted. */
  private static final int UNREAD = 600;

  /** Fewer than a partition has of them. */
  private static final int MOST_KEPT = 100;

  private static final int LONGEST_PAUSE_MILLIS = 8_000;
  private static final double AT_ONCE = 0.25;
  private static final double DELETIONS = 0.2;

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Pattern LOSS =
      Pattern.compile(
          "Lost offsets (\\d+) to (\\d+) of partition (\\d+) of source topic (\\S+) \\(");

  /** The message about offsets whose number is unknown; nothing here causes it. */
  private static final Pattern VAGUE_LOSS = Pattern.compile("Lost offset \\d+ of partition");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path directory;

  private final Random random = new Random(SEED);
  private int deletions;
  private int recoveries;

  @Test
  void deliversOrReportsEachRecordWhateverHappens() throws Exception {
    System.out.printf("Soak of surroundings, %s with seed %d%n", LENGTH, SEED);
    long start = System.nanoTime();
    try (Deployment deployment = Deployment.start(directory, 2, 2);
        Admin admin =
            Admin.create(Map.of("bootstrap.servers", deployment.broker().bootstrapServers()));
        TestJob job =
            TestJob.create(
                deployment,
                NAME,
                "streambed.source.on-lost-offsets: continue",
                "execution.checkpointing.interval: 1 s",
                "execution.checkpointing.timeout: 30 s");
        var ledger = new DeliveryLedger(new JobTopics(deployment.broker(), NAME))) {
      acceptAnything(admin);
      var faults = new ProcessFaults(deployment, job, PARALLELISM, random);
      ledger.send(BACKLOG);
      job.start(PARALLELISM);
      ledger.awaitMore();
      while (System.nanoTime() - start < LENGTH.toNanos()) {
        feed(ledger, random.nextInt(LONGEST_PAUSE_MILLIS));
        strike(deployment, admin, faults, ledger);
        if (random.nextDouble() >= AT_ONCE) {
          ledger.send(1);
          ledger.awaitMore();
          recoveries++;
        }
      }
      while (ledger.sent() < RECORDS) {
        feed(ledger, LONGEST_PAUSE_MILLIS);
      }
      await("the end of %d records".formatted(ledger.sent()))
          .atMost(LIMIT)
          .pollInterval(Duration.ofSeconds(2))
          .untilAsserted(() -> ledger.check(union(losses(deployment))));

      Set<List<SourcePosition>> losses = losses(deployment);
      System.out.printf(
          "Soak of surroundings with seed %d: %d s, faults %s and %d deletions, %d recoveries, %d records, %d ranges with %d records reported as lost, the other %d delivered, lost 0, twice 0%n",
          SEED,
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start),
          faults.counts(),
          deletions,
          recoveries,
          ledger.sent(),
          losses.size(),
          union(losses).size(),
          ledger.delivered());
    }
  }

  /** Makes the source topic take records that the sink topic refuses. */
  private static void acceptAnything(Admin admin) throws Exception {
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, SOURCE),
                List.of(
                    set(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, 4 << 20),
                    set(TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, Long.MAX_VALUE))))
        .all()
        .get();
  }

  private static AlterConfigOp set(String setting, long value) {
    return new AlterConfigOp(
        new ConfigEntry(setting, Long.toString(value)), AlterConfigOp.OpType.SET);
  }

  /** Keeps the backlog filled for a while. */
  private static void feed(DeliveryLedger ledger, int millis) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    do {
      int room = BACKLOG - ledger.waiting();
      if (room > 0) {
        ledger.send(room);
      }
    } while (System.nanoTime() - end < 0);
  }

  private void strike(
      Deployment deployment, Admin admin, ProcessFaults faults, DeliveryLedger ledger)
      throws Exception {
    if (random.nextDouble() < DELETIONS) {
      System.out.printf("DELETION after %d records%n", ledger.delivered());
      deleteUnread(deployment, admin, ledger);
      deletions++;
    } else {
      Fault fault = faults.next();
      System.out.printf("%s after %d records%n", fault, ledger.delivered());
      faults.strike(fault);
    }
  }

  /** Deletes records of a partition while the TaskManagers are dead. */
  private void deleteUnread(Deployment deployment, Admin admin, DeliveryLedger ledger)
      throws Exception {
    FlinkCluster cluster = deployment.cluster();
    cluster.taskManager(0).kill();
    cluster.taskManager(1).kill();
    ledger.send(UNREAD);
    var partition = new TopicPartition(SOURCE, random.nextInt(PARTITIONS));
    long kept = random.nextBoolean() ? 0 : random.nextInt(MOST_KEPT);
    long before =
        Math.max(
            offset(admin, partition, OffsetSpec.earliest()),
            offset(admin, partition, OffsetSpec.latest()) - kept);
    admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before))).all().get();
    ledger.forget(partition.partition(), before);
    awaitDurable(deployment, partition, before);
    cluster.taskManager(0).start();
    cluster.taskManager(1).start();
  }

  private static long offset(Admin admin, TopicPartition partition, OffsetSpec spec)
      throws Exception {
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }

  /** If the broker is killed earlier, it has the deleted records again. */
  private static void awaitDurable(Deployment deployment, TopicPartition partition, long before) {
    Path file = deployment.broker().directory().resolve("data/log-start-offset-checkpoint");
    String line = "%s %d %d".formatted(SOURCE, partition.partition(), before);
    await("line of %s in %s".formatted(partition, file))
        .atMost(LIMIT)
        .until(() -> before == 0 || Files.readAllLines(file).contains(line));
  }

  /** The ranges of offsets that the TaskManagers' logs report, each once. */
  private static Set<List<SourcePosition>> losses(Deployment deployment) throws IOException {
    Set<List<SourcePosition>> losses = new HashSet<>();
    for (int number = 0; number < 2; number++) {
      try (Stream<String> lines =
          Files.lines(
              deployment.cluster().taskManager(number).logFile(), StandardCharsets.ISO_8859_1)) {
        lines.forEach(
            line -> {
              assertThat(VAGUE_LOSS.matcher(line).find()).as("vague loss: %s", line).isFalse();
              Matcher loss = LOSS.matcher(line);
              if (loss.find()) {
                losses.add(positions(loss));
              }
            });
      }
    }
    return losses;
  }

  private static Set<SourcePosition> union(Set<List<SourcePosition>> losses) {
    return losses.stream().flatMap(List::stream).collect(Collectors.toSet());
  }

  private static List<SourcePosition> positions(Matcher loss) {
    return LongStream.rangeClosed(Long.parseLong(loss.group(1)), Long.parseLong(loss.group(2)))
        .mapToObj(
            offset -> new SourcePosition(loss.group(4), Integer.parseInt(loss.group(3)), offset))
        .toList();
  }
}
