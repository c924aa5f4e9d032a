package dev.streambed.e2e.faults;

import static dev.streambed.e2e.faults.SourceFaults.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job whose topics of embeddings or of dead letters are taken away while it runs. */
interface LostSinkTopicTests {
  KafkaBroker broker();

  FaultyCluster cluster();

  @ParameterizedTest
  @ValueSource(strings = {"embeddings", "dead-letters"})
  default void failsForGoodIfATopicOfTheSinkIsDeleted(String which) throws Exception {
    String name = "deleted-" + which;
    SourceFaults faults = SourceFaults.create(broker(), cluster(), name, 1);
    faults.send(0, 0, 20);
    JobID job = faults.start();
    faults.awaitDelivered(job, numbers(0, 20));

    faults.deleteTopic(name + "-" + which);
    faults.send(0, 20, 40); // its producer waits for the topic

    assertThat(cluster().failure(job))
        .hasStackTraceContaining(
            "Sink topic %s-%s does not exist any more on %s."
                .formatted(name, which, broker().bootstrapServers()));
  }

  @Test
  default void writesWhatIsNotCommittedToATopicOfTheSinkThatIsMadeAnew() throws Exception {
    SourceFaults faults = SourceFaults.create(broker(), cluster(), "renewed", 1);
    faults.send(0, 0, 20);
    JobID job = faults.start();
    faults.awaitDelivered(job, numbers(0, 20));
    long before = cluster().recordsWritten();
    faults.send(0, 20, 40);
    faults.awaitWritten(before + 20); // but no checkpoint commits them

    faults.deleteTopic("renewed-embeddings");
    broker().createTopic("renewed-embeddings", 1);
    faults.awaitRestore(job);
    faults.send(0, 40, 50);

    faults.awaitDelivered(job, Stream.concat(numbers(20, 40), numbers(40, 50)));
  }
}
