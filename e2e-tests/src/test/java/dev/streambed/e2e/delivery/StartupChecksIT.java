package dev.streambed.e2e.delivery;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a broker and its topics must allow is checked before the job is submitted. */
class StartupChecksIT {
  private static KafkaBroker broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker =
        KafkaBroker.start(settings -> settings.setProperty("transaction.max.timeout.ms", "600000"));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic("texts", 1, (short) 1),
                  new NewTopic("embeddings", 1, (short) 1),
                  new NewTopic("dead-letters", 1, (short) 1),
                  topic("compacted", "cleanup.policy", "compact"),
                  topic("small", "max.message.bytes", "100000")))
          .all()
          .get();
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void takesATransactionTimeoutOfAtMostTheBrokersMaximum() {
    assertThatCode(() -> build(JobOptions.SINK_TRANSACTION_TIMEOUT, Duration.ofMinutes(10)))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> build(JobOptions.SINK_TRANSACTION_TIMEOUT, Duration.ofMinutes(15)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessage(
            "Kafka at %s allows transactions of 600000 ms (transaction.max.timeout.ms);"
                + " streambed.sink.transaction-timeout is 900000 ms. Lower the option or raise the"
                + " broker's setting.",
            broker.bootstrapServers());
  }

  @Test
  void refusesTopicsThatAreNotThere() {
    for (ConfigOption<String> option :
        List.of(
            JobOptions.SOURCE_TOPIC, JobOptions.SINK_TOPIC, JobOptions.SINK_DEAD_LETTER_TOPIC)) {
      assertThatThrownBy(() -> build(option, "nowhere"))
          .as(option.key())
          .isInstanceOf(InvalidPipelineException.class)
          .hasMessageEndingWith(
              "opic nowhere does not exist on %s. Create it, or correct its name."
                  .formatted(broker.bootstrapServers()));
    }
  }

  @Test
  void refusesCompactedTopicsThatCannotTakeRecordsWithoutKeys() {
    assertThatThrownBy(() -> build(JobOptions.SINK_TOPIC, "compacted"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("Set streambed.source.require-key: true");
    assertThatThrownBy(() -> build(JobOptions.SINK_DEAD_LETTER_TOPIC, "compacted"))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageContaining("Set its cleanup.policy to delete.");
  }

  @Test
  void refusesRecordsThatTheTopicsDoNotTake() {
    for (ConfigOption<String> option :
        List.of(JobOptions.SINK_TOPIC, JobOptions.SINK_DEAD_LETTER_TOPIC)) {
      assertThatThrownBy(() -> build(option, "small"))
          .as(option.key())
          .isInstanceOf(InvalidPipelineException.class)
          .hasMessageStartingWith(
              "Topic small takes records of up to 100000 bytes (max.message.bytes);"
                  + " streambed.sink.max-record-size is 1048576 bytes.");
    }
    assertThatThrownBy(() -> build(JobOptions.SINK_MAX_RECORD_SIZE, MemorySize.ofMebiBytes(2)))
        .isInstanceOf(InvalidPipelineException.class)
        .hasMessageStartingWith("Topic embeddings takes records of up to ");
  }

  private static NewTopic topic(String name, String setting, String value) {
    return new NewTopic(name, 1, (short) 1).configs(Map.of(setting, value));
  }

  private static <T> void build(ConfigOption<T> option, T value) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, "texts");
    pipeline.set(JobOptions.SINK_TOPIC, "embeddings");
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, "dead-letters");
    pipeline.set(JobOptions.SINK_TRANSACTION_TIMEOUT, Duration.ofMinutes(10));
    pipeline.set(JobOptions.MODEL_DIRECTORY, "../embedder/src/test/resources/tiny-model");
    pipeline.set(option, value);
    EmbedTopicJob.build(new StreamExecutionEnvironment(), pipeline);
  }
}
