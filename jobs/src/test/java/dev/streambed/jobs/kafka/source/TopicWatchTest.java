package dev.streambed.jobs.kafka.source;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.Options;
import org.apache.flink.api.connector.source.mocks.MockSplitEnumeratorContext;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.junit.jupiter.api.Test;

class TopicWatchTest {

  @Test
  @SuppressWarnings("try") // close throws what Flink throws
  void isInNoCheckpointBeforeThePartitionsAreKnown() throws Exception {
    EmbedTopicOptions options = EmbedTopicOptions.from(Options.with());
    var source = new LossAwareSource(options.source(), options.sink());

    try (var context = new MockSplitEnumeratorContext<KafkaPartitionSplit>(1);
        var watch = source.createEnumerator(context)) {

      assertThatThrownBy(() -> watch.snapshotState(1))
          .hasMessage(
              "The partitions of source topic texts are not known yet. The next checkpoint will have them.");
    }
  }
}
