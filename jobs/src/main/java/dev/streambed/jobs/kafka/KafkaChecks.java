package dev.streambed.jobs.kafka;

import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.KafkaSecrets;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks topics and broker settings before the job is submitted, so that a wrong one is an error of
 * one line instead of a job that restarts for ever. Used by the thread that starts the job.
 */
public final class KafkaChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaChecks.class);

  private static final String TRANSACTION_MAX_TIMEOUT = "transaction.max.timeout.ms";

  private final Admin admin;
  private final String bootstrapServers;
  private final Duration timeout;
  private final ConnectionFailure failure;

  private KafkaChecks(
      ConfigOption<?> option,
      String bootstrapServers,
      Map<String, String> kafka,
      Duration timeout) {
    this.bootstrapServers = bootstrapServers;
    this.timeout = timeout;
    this.failure = new ConnectionFailure(bootstrapServers, option.key(), timeout);
    KafkaSecrets.checkResolvable(option, kafka);
    var properties = new Properties();
    properties.putAll(KafkaSecrets.withProviders(kafka));
    properties.setProperty(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    String millis = Long.toString(Math.min(Integer.MAX_VALUE, timeout.toMillis()));
    properties.setProperty(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
    properties.setProperty(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
    try {
      this.admin = Admin.create(properties);
    } catch (KafkaException e) {
      throw failure.ofProperties(e);
    }
  }

  /**
   * Checks all that the job needs of Kafka.
   *
   * @throws InvalidPipelineException naming the topic or broker setting and what to do
   */
  public static void check(EmbedTopicOptions options) {
    SourceOptions source = options.source();
    SinkOptions sink = options.sink();
    long sourceRetention;
    try (var checks =
        new KafkaChecks(
            JobOptions.SOURCE_KAFKA,
            source.bootstrapServers(),
            source.kafka(),
            options.startupTimeout())) {
      checks.requireTopic("Source topic", source.topic());
      sourceRetention = retention(checks.settings(ConfigResource.Type.TOPIC, source.topic()));
    }
    try (var checks =
        new KafkaChecks(
            JobOptions.SINK_KAFKA,
            sink.bootstrapServers(),
            sink.kafka(),
            options.startupTimeout())) {
      checks.requireTopic("Sink topic", sink.topic());
      checks.requireTopic("Dead-letter topic", sink.deadLetterTopic());
      checks.checkSinkTopic(source, sink, sourceRetention);
      checks.checkDeadLetterTopic(sink, sourceRetention);
      checks.checkTransactionTimeout(sink);
    }
  }

  private void requireTopic(String role, String topic) {
    try {
      get(admin.describeTopics(List.of(topic)).allTopicNames());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException
          || e.getCause() instanceof InvalidTopicException) {
        throw new InvalidPipelineException(
            "%s %s does not exist on %s. Create it, or correct its name."
                .formatted(role, topic, bootstrapServers),
            e.getCause());
      }
      throw failure.of(e.getCause());
    }
  }

  private void checkSinkTopic(SourceOptions source, SinkOptions sink, long sourceRetention) {
    Map<String, String> settings = settings(ConfigResource.Type.TOPIC, sink.topic());
    warnOfLostTimestamps(sink.topic(), settings, sourceRetention);
    checkRecordSize(sink.topic(), settings, sink);
    if (isCompacted(settings) && !source.requireKey()) {
      throw new InvalidPipelineException(
          "Sink topic %s is compacted, so Kafka refuses records without a key. Set %s: true, which makes dead letters of them."
              .formatted(sink.topic(), JobOptions.SOURCE_REQUIRE_KEY.key()));
    }
  }

  private void checkDeadLetterTopic(SinkOptions sink, long sourceRetention) {
    Map<String, String> settings = settings(ConfigResource.Type.TOPIC, sink.deadLetterTopic());
    warnOfLostTimestamps(sink.deadLetterTopic(), settings, sourceRetention);
    checkRecordSize(sink.deadLetterTopic(), settings, sink);
    if (isCompacted(settings)) {
      throw new InvalidPipelineException(
          "Dead-letter topic %s is compacted, which keeps one dead letter per key and refuses those without. Set its cleanup.policy to delete."
              .formatted(sink.deadLetterTopic()));
    }
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

  private void checkTransactionTimeout(SinkOptions sink) {
    List<Node> nodes = new ArrayList<>();
    try {
      nodes.addAll(get(admin.describeCluster().nodes()));
    } catch (ExecutionException e) {
      throw failure.of(e.getCause());
    }
    for (Node node : nodes) {
      String longest =
          settings(ConfigResource.Type.BROKER, node.idString()).get(TRANSACTION_MAX_TIMEOUT);
      if (longest != null && Long.parseLong(longest) < sink.transactionTimeout().toMillis()) {
        throw new InvalidPipelineException(
            "Kafka at %s allows transactions of %s ms (%s); %s is %d ms. Lower the option or raise the broker's setting."
                .formatted(
                    bootstrapServers,
                    longest,
                    TRANSACTION_MAX_TIMEOUT,
                    JobOptions.SINK_TRANSACTION_TIMEOUT.key(),
                    sink.transactionTimeout().toMillis()));
      }
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
  private static long retention(Map<String, String> settings) {
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

  /** Settings of a topic or broker; empty if the job may not see them. */
  private Map<String, String> settings(ConfigResource.Type type, String name) {
    var resource = new ConfigResource(type, name);
    try {
      Config config = get(admin.describeConfigs(List.of(resource)).all()).get(resource);
      Map<String, String> settings = new HashMap<>();
      for (ConfigEntry entry : Objects.requireNonNull(config).entries()) {
        if (entry.value() != null) {
          settings.put(entry.name(), entry.value());
        }
      }
      return settings;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException) {
        LOG.warn(
            "Not allowed to see the settings of {} {} on {}; they are not checked.",
            type,
            name,
            bootstrapServers);
        return Map.of();
      }
      throw failure.of(e.getCause());
    }
  }

  private <T> T get(KafkaFuture<T> future) throws ExecutionException {
    try {
      return future.get(2 * timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw failure.of(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InvalidPipelineException(
          "Interrupted while checking Kafka at " + bootstrapServers + ".", e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
