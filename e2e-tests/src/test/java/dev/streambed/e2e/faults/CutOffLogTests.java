package dev.streambed.e2e.faults;

import static dev.streambed.e2e.faults.SourceFaults.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;

/**
 * A job whose source topic loses its end, as by a disk that was restored from a backup; with the
 * broker of {@link LostOffsetsIT}.
 */
interface CutOffLogTests {
  KafkaBroker broker();

  FaultyCluster cluster();

  @Test
  default void readsAgainWhatIsLeftIfTheLogWasCutOff() throws Exception {
    SourceFaults faults = SourceFaults.create(broker(), cluster(), "cut-off", 1);
    faults.pipeline().set(JobOptions.SOURCE_ON_LOST_OFFSETS, LostOffsetsPolicy.CONTINUE);
    faults.send(0, 0, 20);
    JobID job = faults.start();
    faults.awaitDelivered(job, numbers(0, 20));

    long before = cluster().lostPositions();
    broker().kill();
    faults.emptyLog();
    broker().restart();
    faults.send(0, 100, 110);

    faults.awaitDelivered(job, Stream.concat(numbers(0, 20), numbers(100, 110)));
    assertThat(cluster().lostPositions() - before).isPositive();
    assertThat(SourceFaults.warnings())
        .anyMatch(
            it ->
                it.contains("Lost offset 20 of partition 0 of source topic cut-off-texts: ")
                    && it.contains("the next offset to read is 0. The job goes on there."));
  }

  @Test
  default void saysThatTheLogWasWrittenAnewPastThePositionWhileItWasStopped() throws Exception {
    SourceFaults faults = SourceFaults.create(broker(), cluster(), "regrown", 1);
    faults.send(0, 0, 20);
    JobID first = faults.start();
    faults.awaitDelivered(first, numbers(0, 20));
    await("commit of the group")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(faults.committed())
                    .hasValueSatisfying(
                        it -> {
                          assertThat(it.offset()).isEqualTo(20);
                          assertThat(it.metadata()).isEmpty(); // as the connector commits
                        }));
    String savepoint = faults.stop(first);
    broker().kill();
    faults.emptyLog();
    broker().restart();
    faults.send(0, 100, 130);

    JobID refused = faults.startFrom(savepoint, LostOffsetsPolicy.FAIL);
    assertThat(cluster().failure(refused))
        .hasStackTraceContaining("Lost offset 20 of partition 0 of source topic regrown-texts:")
        .hasStackTraceContaining("Kafka has cut off the log before it")
        .hasStackTraceContaining("the next offset to read is 0.");

    assertThat(cluster().failure(faults.start())) // at the group's offset
        .hasStackTraceContaining("Lost offset 20 of partition 0 of source topic regrown-texts:");

    long before = cluster().lostPositions();
    JobID told = faults.startFrom(savepoint, LostOffsetsPolicy.CONTINUE);
    faults.awaitDelivered(told, Stream.concat(numbers(0, 20), numbers(100, 130)));
    assertThat(cluster().lostPositions() - before).isEqualTo(1);
    assertThat(SourceFaults.warnings())
        .anyMatch(
            it ->
                it.contains("Lost offset 20 of partition 0 of source topic regrown-texts: ")
                    && it.contains("the next offset to read is 0. The job goes on there."));
  }
}
