package dev.streambed.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.Options;
import dev.streambed.jobs.options.SinkOptions;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperatorFactory;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** With a broker: {@code FailedWriterIT} and {@code ResubmissionIT} in e2e-tests. */
@SuppressWarnings("try") // closing a harness may be interrupted
class PoolingWriterTest {
  private static final String CLIENT_ID = "pooling-writer-test";

  @Test
  void knowsTheConnector() {
    assertThatCode(PoolingWriter.Parts::ofConnector).doesNotThrowAnyException();
  }

  @Test
  void saysWhatToDoIfTheConnectorIsAnother() {
    assertThatThrownBy(() -> PoolingWriter.Parts.of(OtherWriter.class))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith(
            "Cannot open a writer of flink-connector-kafka: found another version than this job was built for (java.lang.NoSuchMethodException: no such constructor:")
        .hasMessageEndingWith("Use the one in the job's jar.");
  }

  @Test
  void leavesNoThreadIfKafkaIsAway() throws Exception {
    SinkOptions options =
        EmbedTopicOptions.from(
                Options.with(
                    "streambed.sink.bootstrap-servers", "127.0.0.1:1", // nobody listens there
                    "streambed.sink.kafka.client.id", CLIENT_ID,
                    "streambed.sink.kafka.default.api.timeout.ms", "100",
                    "streambed.sink.kafka.request.timeout.ms", "100"))
            .sink();
    var sink = new LossAwareSink(options, options.topic(), options.embeddingsPrefix());

    try (var harness =
        new OneInputStreamOperatorTestHarness<OutputRecord, CommittableMessage<OutputRecord>>(
            new SinkWriterOperatorFactory<>(sink))) {
      assertThatThrownBy(harness::open)
          .hasMessageStartingWith("Failed to get open transactions for topics [embeddings].");
    }

    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.contains(CLIENT_ID));
  }

  private static final class OtherWriter {}
}
