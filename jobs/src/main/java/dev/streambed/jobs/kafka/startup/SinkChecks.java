package dev.streambed.jobs.kafka.startup;

import dev.streambed.embedder.Requirements;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.kafka.TopicRights;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the settings of the sink's topics and brokers with what the job will write. Each setting
 * may be absent: then it is not compared.
 */
final class SinkChecks {
  private static final Logger LOG = LoggerFactory.getLogger(SinkChecks.class);

  static final String TRANSACTION_MAX_TIMEOUT = "transaction.max.timeout.ms";
  static final String REQUEST_MAX_BYTES = "socket.request.max.bytes";

  /** The bytes of a request beside its records: names of topics, and the transactional id. */
  private static final int REQUEST_OVERHEAD_BYTES = 64 << 10;

  private SinkChecks() {}

  /**
   * Refuses topics that the job's user may not write: the job would restart for ever.
   *
   * @param topics with what the user may do, as far as Kafka tells
   * @throws InvalidPipelineException if there are any
   */
  static void checkWritable(SinkOptions sink, Collection<TopicDescription> topics) {
    List<String> denied =
        topics.stream()
            .filter(topic -> !TopicRights.allow(AclOperation.WRITE, topic))
            .map(TopicDescription::name)
            .sorted()
            .toList();
    if (!denied.isEmpty()) {
      throw new InvalidPipelineException(
          "The job's user may not write %s on %s. Grant it Write."
              .formatted(String.join(", ", denied), sink.bootstrapServers()));
    }
  }

  /** The limits of the topic of embeddings; they must suffice for the options. */
  static TopicLimits checkEmbeddings(
      SourceOptions source, SinkOptions sink, Map<String, String> settings, long sourceRetention) {
    TopicLimits limits = TopicLimits.of(settings, sink);
    if (!limits.toleratesClocks()) {
      LOG.warn(
          "Topic {} takes only timestamps near its broker's clock ({}). Records outside half of that become dead letters; keep the clocks of brokers and TaskManagers together.",
          sink.topic(),
          limits.timestamps());
    }
    warnOfLostTimestamps(sink.topic(), settings, sourceRetention);
    checkRecordSize(sink.topic(), settings, sink);
    if (isCompacted(settings) && !source.requireKey() && !sink.profile().name().makesKeys()) {
      throw new InvalidPipelineException(
          "Sink topic %s is compacted, so Kafka refuses records without a key. Set %s: true, which makes dead letters of them."
              .formatted(sink.topic(), JobOptions.SOURCE_REQUIRE_KEY.key()));
    }
    return limits;
  }

  /** The limits of the topic of dead letters; it must take every dead letter. */
  static TopicLimits checkDeadLetters(
      SinkOptions sink, Map<String, String> settings, long sourceRetention) {
    TopicLimits limits = TopicLimits.of(settings, sink);
    if (!limits.toleratesClocks()) {
      throw new InvalidPipelineException(
          "Dead-letter topic %s takes only timestamps near its broker's clock (%s), and dead letters are stamped by other clocks, minutes before a slow broker takes them. Raise both limits to at least %d, or set its message.timestamp.type to LogAppendTime."
              .formatted(
                  sink.deadLetterTopic(), limits.timestamps(), TopicLimits.MARGIN.toMillis()));
    }
    warnOfLostTimestamps(sink.deadLetterTopic(), settings, sourceRetention);
    checkRecordSize(sink.deadLetterTopic(), settings, sink);
    if (isCompacted(settings)) {
      throw new InvalidPipelineException(
          "Dead-letter topic %s is compacted, which keeps one dead letter per key and refuses those without. Set its cleanup.policy to delete."
              .formatted(sink.deadLetterTopic()));
    }
    return limits;
  }

  private static void checkRecordSize(
      String topic, Map<String, String> settings, SinkOptions sink) {
    String largest = settings.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
    if (largest != null && Long.parseLong(largest) < sink.maxRecordSize().getBytes()) {
      throw new InvalidPipelineException(
          "Topic %s takes records of up to %s bytes (max.message.bytes); %s is %d bytes. Lower the option or raise the topic's setting."
              .formatted(
                  topic,
                  largest,
                  JobOptions.SINK_MAX_RECORD_SIZE.key(),
                  sink.maxRecordSize().getBytes()));
    }
  }

  static void checkTransactionTimeout(SinkOptions sink, @Nullable String longest) {
    if (longest != null && Long.parseLong(longest) < sink.transactionTimeout().toMillis()) {
      throw new InvalidPipelineException(
          "Kafka at %s allows transactions of %s (%s); %s is %s. Lower the option or raise the broker's setting."
              .formatted(
                  sink.bootstrapServers(),
                  Requirements.written(Duration.ofMillis(Long.parseLong(longest))),
                  TRANSACTION_MAX_TIMEOUT,
                  JobOptions.SINK_TRANSACTION_TIMEOUT.key(),
                  Requirements.written(sink.transactionTimeout())));
    }
  }

  static void checkRequestSize(SinkOptions sink, @Nullable String largest) {
    if (largest != null
        && Long.parseLong(largest) < sink.maxRecordBytes() + (long) REQUEST_OVERHEAD_BYTES) {
      throw new InvalidPipelineException(
          "Kafka at %s takes requests of %s bytes (%s); %s is %d bytes, and a request has up to %d more. Lower the option or raise the broker's setting."
              .formatted(
                  sink.bootstrapServers(),
                  largest,
                  REQUEST_MAX_BYTES,
                  JobOptions.SINK_MAX_RECORD_SIZE.key(),
                  sink.maxRecordBytes(),
                  REQUEST_OVERHEAD_BYTES));
    }
  }

  /** Records keep their timestamps, by which Kafka deletes them: an old one may go at once. */
  private static void warnOfLostTimestamps(
      String topic, Map<String, String> settings, long sourceRetention) {
    if (retention(settings) < sourceRetention) {
      LOG.warn(
          "Topic {} keeps records for {} ms (retention.ms), less than the source topic. Records keep their timestamps, so Kafka deletes the outputs of older ones at once.",
          topic,
          retention(settings));
    }
    if ("LogAppendTime".equals(settings.get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG))) {
      LOG.warn(
          "Topic {} has message.timestamp.type LogAppendTime, so its records lose the timestamps of the source's.",
          topic);
    }
  }

  /** How long a topic keeps a record after its timestamp, in milliseconds. */
  static long retention(Map<String, String> settings) {
    boolean deletes =
        settings
            .getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "")
            .contains(TopicConfig.CLEANUP_POLICY_DELETE);
    long millis = Long.parseLong(settings.getOrDefault(TopicConfig.RETENTION_MS_CONFIG, "-1"));
    return !deletes || millis < 0 ? Long.MAX_VALUE : millis;
  }

  private static boolean isCompacted(Map<String, String> settings) {
    return settings
        .getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_DELETE)
        .contains(TopicConfig.CLEANUP_POLICY_COMPACT);
  }
}
