package dev.streambed.e2e.faults;

import static dev.streambed.e2e.faults.SourceFaults.numbers;
import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The job when Kafka no longer has the offsets that it wants to read, after a restart and while it
 * runs. Promise 1 of CONTRIBUTING.md: nothing is lost without a word.
 */
class LostOffsetsIT implements SeveralTopicsTests, CutOffLogTests, LostSinkTopicTests {
  private static KafkaBroker broker;
  private static FaultyCluster cluster;

  @TempDir private static Path directory;

  @BeforeAll
  static void start() throws Exception {
    broker = KafkaBroker.start();
    cluster = FaultyCluster.start(directory);
  }

  @AfterAll
  static void stop() {
    try {
      cluster.close();
    } finally {
      broker.close();
    }
  }

  @Override
  public KafkaBroker broker() {
    return broker;
  }

  @Override
  public FaultyCluster cluster() {
    return cluster;
  }

  @AfterEach
  void cancelJobs() throws Exception {
    cluster.cancelAll();
  }

  @Test
  void saysWhichRecordsExpiredWhileItWasStopped() throws Exception {
    SourceFaults faults = faults("expired", 1);
    faults.send(0, 0, 300);
    JobID first = faults.start();
    faults.awaitDelivered(first, numbers(0, 300));
    String savepoint = faults.stop(first);
    faults.send(0, 300, 1000);
    faults.deleteRecordsBefore(800);

    JobID refused = faults.startFrom(savepoint, LostOffsetsPolicy.FAIL);
    assertThat(cluster.failure(refused))
        .hasStackTraceContaining(
            "Lost offsets 300 to 799 of partition 0 of source topic expired-texts (500 records")
        .hasStackTraceContaining("set streambed.source.on-lost-offsets: continue");

    long recordsBefore = cluster.lostRecords();
    long positionsBefore = cluster.lostPositions();
    JobID told = faults.startFrom(savepoint, LostOffsetsPolicy.CONTINUE);
    faults.awaitDelivered(told, Stream.concat(numbers(0, 300), numbers(800, 1000)));
    assertThat(cluster.lostRecords() - recordsBefore).isEqualTo(500);
    assertThat(cluster.lostPositions() - positionsBefore).isEqualTo(1);
    assertThat(SourceFaults.warnings())
        .filteredOn(
            it -> it.contains("Lost offsets 300 to 799 of partition 0 of source topic expired"))
        .singleElement(as(STRING))
        .contains("the next offset to read is 800. The job goes on there.");
  }

  @Test
  void remembersWhereItWentOnEvenWithoutARecordThere() throws Exception {
    SourceFaults faults = faults("emptied", 1);
    faults.send(0, 0, 30);
    JobID first = faults.start();
    faults.awaitDelivered(first, numbers(0, 30));
    String savepoint = faults.stop(first);
    faults.send(0, 30, 50);
    faults.deleteRecordsBefore(50);
    long before = cluster.lostRecords();
    JobID told = faults.startFrom(savepoint, LostOffsetsPolicy.CONTINUE);
    await("loss").atMost(LIMIT).until(() -> cluster.lostRecords() - before == 20);
    String after = faults.stop(told);

    JobID again = faults.startFrom(after, LostOffsetsPolicy.FAIL);
    faults.send(0, 50, 60);

    faults.awaitDelivered(again, Stream.concat(numbers(0, 30), numbers(50, 60)));
  }

  @Test
  void countsWhatRetentionTakesAwayWhileItRuns() throws Exception {
    SourceFaults faults = faults("overtaken", 1);
    faults.send(0, 0, 10);
    long before = cluster.lostRecords();
    JobID job = startTolerant(faults);
    faults.awaitDelivered(job, numbers(0, 10));

    // The job may not read what is not committed, so it is as late as a slow one.
    try (KafkaProducer<byte[], byte[]> producer = transactionalProducer("overtaken")) {
      producer.beginTransaction();
      for (int number = 10; number < 110; number++) {
        var unused = producer.send(faults.record(0, number));
      }
      producer.flush();
      faults.deleteRecordsBefore(70);
      producer.commitTransaction();
    }

    faults.awaitDelivered(job, Stream.concat(numbers(0, 10), numbers(70, 110)));
    assertThat(cluster.lostRecords() - before).isEqualTo(60);
  }

  @Test
  void takesNoMarkOfATransactionForALostRecord() throws Exception {
    SourceFaults faults = faults("marks", 1);
    try (KafkaProducer<byte[], byte[]> producer = transactionalProducer("marks")) {
      producer.beginTransaction();
      for (int number = 0; number < 10; number++) {
        var unused = producer.send(faults.record(0, number));
      }
      producer.commitTransaction(); // its mark has offset 10
    }
    JobID first = faults.start();
    faults.awaitDelivered(first, numbers(0, 10));
    String savepoint = faults.stop(first);
    faults.deleteRecordsBefore(11);

    JobID second = faults.startFrom(savepoint, LostOffsetsPolicy.FAIL);
    faults.send(0, 10, 20);

    faults.awaitDelivered(second, numbers(0, 20));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 150})
  void refusesAnotherTopicOfTheSameName(int records) throws Exception {
    SourceFaults faults = faults("remade" + records, 2);
    faults.send(0, 0, 100);
    JobID first = faults.start();
    faults.awaitDelivered(first, numbers(0, 100));
    String savepoint = faults.stop(first);
    faults.makeTopicAnew(1); // the second partition was never read, and is no more
    faults.send(0, 1000, 1000 + records);

    JobID refused = faults.startFrom(savepoint, LostOffsetsPolicy.FAIL);
    assertThat(cluster.failure(refused))
        .hasStackTraceContaining(
            "of source topic " + faults.source()) // whichever partition is first
        .hasStackTraceContaining(": the topic was deleted and made anew since the job read it");

    long before = cluster.lostPositions();
    JobID told = faults.startFrom(savepoint, LostOffsetsPolicy.CONTINUE);
    faults.awaitDelivered(told, Stream.concat(numbers(0, 100), numbers(1000, 1000 + records)));
    // The second partition delivers no record to wait for.
    await("loss").atMost(LIMIT).until(() -> cluster.lostPositions() - before == 2);
    assertThat(SourceFaults.warnings())
        .anyMatch(
            it ->
                it.contains("Lost offset 100 of partition 0 of source topic " + faults.source())
                    && it.contains("the next offset to read is 0. The job goes on there."));
    String after = faults.stop(told);
    JobID again = faults.startFrom(after, LostOffsetsPolicy.FAIL);
    faults.send(0, 2000, 2010);
    faults.awaitDelivered(
        again,
        Stream.of(numbers(0, 100), numbers(1000, 1000 + records), numbers(2000, 2010))
            .flatMap(numbers -> numbers));
  }

  @Test
  void goesOnWithATopicThatIsMadeAnewWhileItRuns() throws Exception {
    SourceFaults faults = faults("remade-running", 2);
    faults.send(0, 0, 20);
    JobID job = startTolerant(faults);
    faults.awaitDelivered(job, numbers(0, 20));

    faults.makeTopicAnew(2);
    faults.send(0, 100, 110);
    faults.send(1, 110, 140);

    faults.awaitDelivered(job, Stream.concat(numbers(0, 20), numbers(100, 140)));
    List<String> warnings =
        SourceFaults.warnings().stream().filter(it -> it.contains(faults.source())).toList();
    List<String> notes = warnings.stream().filter(it -> it.contains("made anew")).toList();
    assertThat(notes).hasSize(2); // per partition; lines begin with the time
    // Kafka's consumer repeats itself a thousand times per second until the job takes note.
    String last = Collections.max(notes);
    assertThat(warnings)
        .filteredOn(it -> it.contains("FetchCollector") && it.compareTo(last) > 0)
        .hasSizeLessThan(10); // answers that were on their way
  }

  @Test
  void failsForGoodIfTheTopicIsMadeAnewWhileItRuns() throws Exception {
    SourceFaults faults = faults("refused-running", 1);
    faults.send(0, 0, 20);
    JobID job = faults.start();
    faults.awaitDelivered(job, numbers(0, 20));

    faults.makeTopicAnew(1);

    assertThat(cluster.failure(job)).hasStackTraceContaining("deleted and made anew");
  }

  @Test
  void failsForGoodIfTheTopicIsDeletedWhileItRuns() throws Exception {
    SourceFaults faults = faults("deleted", 1);
    faults.send(0, 0, 20);
    JobID job = faults.start();
    faults.awaitDelivered(job, numbers(0, 20));

    faults.deleteTopic();

    assertThat(cluster.failure(job))
        .hasStackTraceContaining("Source topic deleted-texts does not exist any more");
  }

  @Test
  void readsAgainWhatCameAfterASavepointThatKnewNoRecordOfAPartition() throws Exception {
    SourceFaults faults = faults("unread", 2);
    faults.send(0, 0, 5);
    JobID first = faults.start();
    faults.awaitDelivered(first, numbers(0, 5));
    String savepoint = cluster.savepoint(first);
    faults.send(1, 100, 110);
    faults.send(0, 5, 9);
    faults.awaitDelivered(first, Stream.concat(numbers(0, 9), numbers(100, 110)));
    cluster.cancel(first); // its group has committed offsets 9 and 10

    JobID second = faults.startFrom(savepoint, LostOffsetsPolicy.FAIL);

    faults.awaitDelivered(
        second,
        Stream.of(numbers(0, 9), numbers(100, 110), numbers(5, 9), numbers(100, 110))
            .flatMap(numbers -> numbers));
  }

  @Test
  void readsAPartitionThatIsAddedWhileItRunsFromItsBeginning() throws Exception {
    SourceFaults faults = faults("grown", 1);
    faults.pipeline().setString("streambed.source.kafka.partition.discovery.interval.ms", "2000");
    faults.send(0, 0, 5);
    JobID job = faults.start();
    faults.awaitDelivered(job, numbers(0, 5));

    faults.growTo(faults.source(), 2);
    faults.send(1, 5, 10);

    faults.awaitDelivered(job, numbers(0, 10));
  }

  private static SourceFaults faults(String name, int partitions) throws Exception {
    return SourceFaults.create(broker, cluster, name, partitions);
  }

  private static JobID startTolerant(SourceFaults faults) throws Exception {
    faults.pipeline().set(JobOptions.SOURCE_ON_LOST_OFFSETS, LostOffsetsPolicy.CONTINUE);
    return faults.start();
  }

  private static KafkaProducer<byte[], byte[]> transactionalProducer(String id) {
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers(), "transactional.id", id),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }
}
