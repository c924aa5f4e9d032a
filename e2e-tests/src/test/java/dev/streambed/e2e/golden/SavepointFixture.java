package dev.streambed.e2e.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyModel;
import dev.streambed.e2e.harness.FlinkCluster;
import dev.streambed.e2e.records.DeliveryProgress;
import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.Topics;
import dev.streambed.embedder.model.ModelDirectory;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makes the savepoint of a version before its release: of the jar in jobs/target, stopped while it
 * has {@link UpgradeRecords} in flight and no transaction open. How to run it:
 * e2e-tests/src/test/resources/savepoints/README.md.
 */
class SavepointFixture {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  /** Some minutes; the savepoint waits for none of them. */
  private static final int ROUNDS = 10_000;

  @TempDir private Path work;

  @Test
  void makesTheSavepointOfAVersion() throws Exception {
    String version = System.getProperty("fixture.version");
    assertThat(version).as("-Dfixture.version").startsWith("v");
    Path target = Files.createDirectories(Path.of("src/test/resources/savepoints", version));
    ModelDirectory model = FaultyModel.create(work, ROUNDS);
    try (KafkaBroker broker = KafkaBroker.start();
        FlinkCluster cluster =
            FlinkCluster.start(work.resolve("flink"), /* taskManagers= */ 1, /* slots= */ 1)) {
      JobTopics topics = JobTopics.create(broker, UpgradeRecords.JOB);
      Path pipeline =
          topics.writePipeline(
              work, broker.bootstrapServers(), model, "execution.checkpointing.interval: 500 ms");
      Files.copy(savepoint(broker, cluster, topics, pipeline), target.resolve("_metadata"));
    }
  }

  private static Path savepoint(
      KafkaBroker broker, FlinkCluster cluster, JobTopics topics, Path pipeline) throws Exception {
    String job = cluster.jobs().run(pipeline, /* parallelism= */ 1);
    send(broker, topics, 0, UpgradeRecords.FIRST_IN_FLIGHT);
    try (var progress = new DeliveryProgress(topics)) {
      progress.awaitDelivered(UpgradeRecords.FIRST_IN_FLIGHT);
    }
    send(broker, topics, UpgradeRecords.FIRST_IN_FLIGHT, UpgradeRecords.FIRST_UNREAD);
    await("all records to be read")
        .atMost(LIMIT)
        .until(
            () ->
                cluster.jobs().operatorMetric(job, "decode", "numRecordsIn")
                    == UpgradeRecords.FIRST_UNREAD);
    Path savepoint = Path.of(URI.create(cluster.jobs().stop(job)));
    try (Stream<Path> files = Files.list(savepoint)) {
      List<Path> found = files.toList();
      if (found.size() != 1) {
        throw new IOException("A savepoint in one file was expected; found: " + found);
      }
      return found.get(0);
    }
  }

  private static void send(KafkaBroker broker, JobTopics topics, int first, int end)
      throws Exception {
    Topics.send(broker, UpgradeRecords.range(topics.input(), first, end));
  }
}
