package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.broker.KafkaBroker;
import dev.streambed.e2e.harness.FaultyCluster;
import dev.streambed.jobs.flink.FlinkSettings;
import dev.streambed.jobs.kafka.LossAwareSink;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SinkOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sinks whose writers cannot be opened leave nothing behind. While Kafka is away: ResubmissionIT.
 */
class FailedWriterIT {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Part of the names of the threads of all clients of the sinks. */
  private static final String CLIENT_ID = "failed-writer-it";

  @TempDir private Path directory;

  @Test
  void aWriterThatFailsAfterKafkaHasAnsweredLeavesNoThread() throws Exception {
    try (KafkaBroker broker = KafkaBroker.start()) {
      broker.createTopic("texts", 2);
      broker.createTopic("embeddings", 2);
      broker.createTopic("dead-letters", 1);
      try (FaultyCluster cluster = FaultyCluster.start(directory)) {
        Configuration pipeline = pipeline(broker);
        pipeline.setString(JobOptions.SINK_KAFKA.key() + ".client.id", CLIENT_ID);
        // Producers do not wait for Kafka's answers, but admin clients do.
        pipeline.setString(JobOptions.SINK_KAFKA.key() + ".max.block.ms", "0");

        JobID job = cluster.submit(pipeline, FailedWriterIT::addSink);

        assertThat(cluster.failure(job))
            .hasStackTraceContaining("Timeout expired after 0ms while awaiting InitProducerId");
        await("end of the threads of the sinks")
            .atMost(LIMIT)
            .untilAsserted(() -> assertThat(threadsOfSinks()).isEmpty());
      }
    }
  }

  /** A sink of the job without the checks at the start, which refuse such a setting. */
  private static void addSink(StreamExecutionEnvironment environment, Configuration file) {
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    FlinkSettings.apply(environment, file, options);
    SinkOptions sink = options.sink();
    environment
        .fromData(
            TypeInformation.of(OutputRecord.class),
            new OutputRecord(null, null, List.of(), -1, null))
        .sinkTo(new LossAwareSink(sink, sink.topic(), sink.embeddingsPrefix()));
  }

  private static List<String> threadsOfSinks() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.contains(CLIENT_ID))
        .toList();
  }

  private static Configuration pipeline(KafkaBroker broker) {
    var pipeline = new Configuration();
    pipeline.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, broker.bootstrapServers());
    pipeline.set(JobOptions.SOURCE_TOPIC, "texts");
    pipeline.set(JobOptions.SINK_TOPIC, "embeddings");
    pipeline.set(JobOptions.SINK_DEAD_LETTER_TOPIC, "dead-letters");
    pipeline.set(
        JobOptions.MODEL_DIRECTORY,
        Path.of("../embedder/src/test/resources/tiny-model").toAbsolutePath().toString());
    pipeline.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    return pipeline;
  }
}
