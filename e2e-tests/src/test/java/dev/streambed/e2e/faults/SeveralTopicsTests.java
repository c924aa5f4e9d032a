package dev.streambed.e2e.faults;

import static dev.streambed.e2e.faults.SourceFaults.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SourceTopics;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

/** A job that reads several topics, which come and go; with the broker of {@link LostOffsetsIT}. */
interface SeveralTopicsTests {
  Duration LIMIT = Duration.ofSeconds(60);

  KafkaBroker broker();

  FaultyCluster cluster();

  @Test
  default void goesOnWithTheOthersIfOneOfSeveralTopicsIsDeleted() throws Exception {
    SourceFaults faults = create("several", SourceTopics.TOPICS, "several-texts, several-more");
    faults.pipeline().set(JobOptions.SOURCE_ON_LOST_OFFSETS, LostOffsetsPolicy.CONTINUE);
    broker().createTopic("several-more", 1);
    faults.send(0, 0, 20);
    faults.send("several-more", 0, 100, 120);
    JobID job = faults.start();
    faults.awaitDelivered(job, Stream.concat(numbers(0, 20), numbers(100, 120)));

    long before = cluster().lostPositions();
    faults.deleteTopic("several-more");
    await("notice of the deletion")
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(SourceFaults.warnings())
                    .anyMatch(
                        it -> it.contains("Source topic several-more does not exist any more"))
                    .anyMatch(
                        it -> it.contains("Lost partition 0 of source topic several-more at")));
    assertThat(cluster().lostPositions() - before).isEqualTo(1);
    faults.growTo(faults.source(), 3); // is found, too
    faults.send(2, 20, 40);
    faults.awaitDelivered(job, Stream.concat(numbers(0, 40), numbers(100, 120)));

    broker().createTopic("several-more", 1);
    faults.send("several-more", 0, 120, 150);
    faults.awaitDelivered(job, Stream.concat(numbers(0, 40), numbers(100, 150)));
  }

  @Test
  default void findsTopicsAndPartitionsOfAPatternWhileItRuns() throws Exception {
    SourceFaults faults = create("pattern", SourceTopics.PATTERN, "pattern-shop-.*");
    JobID job = faults.start();
    String beforeTheFirst = cluster().savepoint(job);

    broker().createTopic("pattern-shop-a", 1);
    faults.send("pattern-shop-a", 0, 0, 5);
    faults.awaitDelivered(job, numbers(0, 5));
    faults.growTo("pattern-shop-a", 2);
    broker().createTopic("pattern-shop-b", 1);
    faults.send("pattern-shop-a", 1, 5, 10);
    faults.send("pattern-shop-b", 0, 10, 15);
    faults.awaitDelivered(job, numbers(0, 15));

    faults.deleteTopic("pattern-shop-b");
    assertThat(cluster().failure(job))
        .hasStackTraceContaining("Source topic pattern-shop-b does not exist any more");
    JobID again = faults.startFrom(beforeTheFirst, LostOffsetsPolicy.FAIL);
    faults.awaitDelivered(again, Stream.concat(numbers(0, 15), numbers(0, 10)));
  }

  @Test
  default void goesOnFromASavepointWithOtherTopics() throws Exception {
    SourceFaults faults = create("changed", SourceTopics.TOPICS, "changed-texts, changed-old");
    broker().createTopic("changed-old", 1);
    broker().createTopic("changed-new", 1);
    faults.send(0, 0, 5);
    faults.send("changed-old", 0, 10, 15);
    JobID first = faults.start();
    faults.awaitDelivered(first, Stream.concat(numbers(0, 5), numbers(10, 15)));
    String savepoint = faults.stop(first);
    faults.send(1, 5, 10);
    faults.send("changed-old", 0, 15, 20);
    faults.send("changed-new", 0, 18, 30);
    faults.deleteRecordsBefore("changed-new", 2); // before the job was to read it: no loss

    faults.read(SourceTopics.TOPICS, "changed-texts, changed-new");
    JobID second = faults.startFrom(savepoint, LostOffsetsPolicy.FAIL);
    faults.awaitDelivered(second, Stream.concat(numbers(0, 15), numbers(20, 30)));
    savepoint = faults.stop(second);

    faults.read(SourceTopics.PATTERN, "changed-(texts|old|new)");
    JobID third = faults.startFrom(savepoint, LostOffsetsPolicy.FAIL);
    faults.awaitDelivered(third, numbers(0, 30));
  }

  @Test
  default void endsABoundedJobAtTheLatestOffsetsOfEachTopic() throws Exception {
    SourceFaults faults = create("ending", SourceTopics.PATTERN, "ending-(texts|more)");
    faults.pipeline().set(JobOptions.SOURCE_BOUNDED, true);
    broker().createTopic("ending-more", 1);
    faults.send(0, 0, 30);
    faults.send("ending-more", 0, 30, 33);

    JobID job = faults.start();

    await("end of the job")
        .atMost(LIMIT)
        .untilAsserted(() -> assertThat(cluster().status(job)).isEqualTo(JobStatus.FINISHED));
    assertThat(faults.delivered()).containsExactlyInAnyOrderElementsOf(numbers(0, 33).toList());
  }

  private SourceFaults create(String name, ConfigOption<String> option, String topics)
      throws Exception {
    SourceFaults faults = SourceFaults.create(broker(), cluster(), name, 2);
    faults.read(option, topics);
    faults.pipeline().setString("streambed.source.kafka.partition.discovery.interval.ms", "1000");
    return faults;
  }
}
