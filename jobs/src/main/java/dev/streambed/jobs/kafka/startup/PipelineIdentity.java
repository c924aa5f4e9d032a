package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * The settings that make a pipeline the same one when it runs again, so that it goes on from its
 * checkpoint (docs/decisions/0089). If one of them changes it is another pipeline, and starts anew;
 * all other options may change.
 *
 * @param sourceCluster id of the Kafka cluster, whatever its address
 * @param group as the file names it; empty if it names none
 * @param sinkCluster likewise
 */
@Internal
public record PipelineIdentity(
    String sourceCluster,
    String sourceTopics,
    String group,
    String sinkCluster,
    String sinkTopic,
    String deadLetterTopic) {

  /**
   * Asks Kafka for the ids of its clusters.
   *
   * @throws InvalidPipelineException if an option is missing, or Kafka cannot be asked
   */
  public static PipelineIdentity of(Configuration file) {
    EmbedTopicOptions options = EmbedTopicOptions.from(file);
    SourceOptions source = options.source();
    SinkOptions sink = options.sink();
    String sourceCluster = cluster(KafkaChecks.sourceClusterId(options), source.bootstrapServers());
    String sinkCluster =
        sink.bootstrapServers().equals(source.bootstrapServers())
            ? sourceCluster
            : cluster(KafkaChecks.sinkClusterId(options), sink.bootstrapServers());
    return new PipelineIdentity(
        sourceCluster,
        source.topics().identity(),
        file.getOptional(JobOptions.SOURCE_GROUP_ID).orElse(""),
        sinkCluster,
        sink.topic(),
        sink.deadLetterTopic());
  }

  /** All settings, in an order that never changes: names of folders depend on it. */
  public List<String> parts() {
    return List.of(sourceCluster, sourceTopics, group, sinkCluster, sinkTopic, deadLetterTopic);
  }

  /** Some brokers that speak Kafka's protocol have no id: their addresses take its place. */
  static String cluster(@Nullable String id, String bootstrapServers) {
    return id == null || id.isEmpty()
        ? Arrays.stream(bootstrapServers.split(","))
            .map(server -> server.strip().toLowerCase(Locale.ROOT))
            .sorted()
            .collect(Collectors.joining(","))
        : id;
  }
}
