package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.kafka.KafkaSettings;
import dev.streambed.jobs.kafka.OutputLimits;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.kafka.TopicRights;
import dev.streambed.jobs.options.EmbedTopicOptions;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.KafkaSecrets;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks topics and broker settings before the job is submitted, so that a wrong one is an error of
 * one line instead of a job that restarts for ever. Used by the thread that starts the job.
 */
@Internal
public final class KafkaChecks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaChecks.class);

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
   * Checks everything that the job needs from Kafka. Writes nothing.
   *
   * @throws InvalidPipelineException naming the topic or broker setting and what to do
   */
  public static CheckedTopics check(EmbedTopicOptions options) {
    SourceOptions source = options.source();
    SinkOptions sink = options.sink();
    List<String> topics;
    long sourceRetention;
    String sourceCluster;
    try (KafkaChecks checks = ofSource(options)) {
      topics = checks.sourceTopics(source);
      checks.requireRead(source, topics);
      KafkaTrial.tryConsumer(source, topics, checks.failure);
      sourceCluster = options.usesATopicNameTwice() ? checks.cluster() : "";
      sourceRetention = checks.longestRetention(topics);
      checks.uninterrupted(() -> FormerGroup.warn(checks.admin, options, checks.limit()));
      if (source.bounded()) {
        HeldUpPartitions.warn(checks.admin, source, topics, checks.limit());
      }
    }
    try (KafkaChecks checks = ofSink(options)) {
      SinkChecks.checkWritable(sink, checks.requireTopic("Sink topic", sink.topic()));
      SinkChecks.checkWritable(
          sink, checks.requireTopic("Dead-letter topic", sink.deadLetterTopic()));
      if (options.usesATopicNameTwice() && checks.cluster().equals(sourceCluster)) {
        options.checkOnOneCluster();
      }
      KafkaTrial.tryProducer(sink, checks.failure);
      TopicLimits embeddings =
          SinkChecks.checkEmbeddings(
              source, sink, checks.topicSettings(sink.topic()), sourceRetention);
      TopicLimits deadLetters =
          SinkChecks.checkDeadLetters(
              sink, checks.topicSettings(sink.deadLetterTopic()), sourceRetention);
      checks.checkBrokers(sink);
      return new CheckedTopics(topics, OutputLimits.ofTopics(sink, embeddings, deadLetters));
    }
  }

  /**
   * Checks that no other job writes with the transactional ids of this one.
   *
   * @param checkpointInterval of the job
   * @throws InvalidPipelineException if one does
   */
  public static void checkNobodyElseWrites(EmbedTopicOptions options, Duration checkpointInterval) {
    try (KafkaChecks checks = ofSink(options)) {
      var watch = new PrefixWatch(checks.admin, options.sink(), checks.limit());
      checks.uninterrupted(() -> watch.check(checkpointInterval));
    }
  }

  /**
   * Says of each partition of the topics that the job would wait at which transaction is open, as a
   * sentence without its full stop.
   */
  public static List<String> openTransactions(EmbedTopicOptions options, List<String> topics) {
    try (KafkaChecks checks = ofSource(options)) {
      return HeldUpPartitions.find(checks.admin, options.source(), topics, checks.limit());
    }
  }

  private static KafkaChecks ofSource(EmbedTopicOptions options) {
    SourceOptions source = options.source();
    return new KafkaChecks(
        JobOptions.SOURCE_KAFKA,
        source.bootstrapServers(),
        source.kafka(),
        options.startupTimeout());
  }

  private static KafkaChecks ofSink(EmbedTopicOptions options) {
    SinkOptions sink = options.sink();
    return new KafkaChecks(
        JobOptions.SINK_KAFKA, sink.bootstrapServers(), sink.kafka(), options.startupTimeout());
  }

  /** The id of the cluster that the job reads from; null if it has none. */
  static @Nullable String sourceClusterId(EmbedTopicOptions options) {
    try (KafkaChecks checks = ofSource(options)) {
      return checks.clusterId();
    }
  }

  /** The id of the cluster that the job writes to; null if it has none. */
  static @Nullable String sinkClusterId(EmbedTopicOptions options) {
    try (KafkaChecks checks = ofSink(options)) {
      return checks.clusterId();
    }
  }

  private @Nullable String clusterId() {
    return answer(admin.describeCluster().clusterId());
  }

  /** Identifies the cluster: one cluster may have addresses of different texts. */
  private String cluster() {
    return PipelineIdentity.cluster(clusterId(), bootstrapServers);
  }

  private Collection<TopicDescription> requireTopic(String role, String topic) {
    try {
      return get(admin.describeTopics(List.of(topic), TopicRights.asked()).allTopicNames())
          .values();
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

  /** The topics that the job will read at first. */
  private List<String> sourceTopics(SourceOptions source) {
    if (source.topics().pattern() == null) {
      source.topics().names().forEach(topic -> requireTopic("Source topic", topic));
      return source.topics().names();
    }
    return SourceChecks.matching(source, answer(admin.listTopics().names()));
  }

  private void requireRead(SourceOptions source, List<String> topics) {
    SourceChecks.checkReadable(
        source, answer(admin.describeTopics(topics, TopicRights.asked()).allTopicNames()).values());
  }

  /** How long the topics keep a record at most, in milliseconds; 0 if there are none. */
  private long longestRetention(List<String> topics) {
    long longest = 0;
    for (String topic : topics) {
      longest = Math.max(longest, SinkChecks.retention(topicSettings(topic)));
      if (longest == Long.MAX_VALUE) {
        break; // also if Kafka does not say; one warning of that is enough
      }
    }
    return longest;
  }

  private void checkBrokers(SinkOptions sink) {
    for (Node node : answer(admin.describeCluster().nodes())) {
      Map<String, String> settings = settings(ConfigResource.Type.BROKER, node.idString());
      SinkChecks.checkTransactionTimeout(sink, settings.get(SinkChecks.TRANSACTION_MAX_TIMEOUT));
      SinkChecks.checkRequestSize(sink, settings.get(SinkChecks.REQUEST_MAX_BYTES));
    }
  }

  private Map<String, String> topicSettings(String topic) {
    return settings(ConfigResource.Type.TOPIC, topic);
  }

  /** Settings of a topic or broker; empty if Kafka does not tell the job. */
  private Map<String, String> settings(ConfigResource.Type type, String name) {
    var resource = new ConfigResource(type, name);
    try {
      return KafkaSettings.valuesOf(get(KafkaSettings.ask(admin, resource)));
    } catch (ExecutionException e) {
      if (!ConnectionFailure.isRefusal(e.getCause())) {
        throw failure.of(e.getCause());
      }
      LOG.warn(
          "Kafka at {} does not tell the settings of {} {}: {}. So it is not checked {}.",
          bootstrapServers,
          type == ConfigResource.Type.TOPIC ? "topic" : "broker",
          name,
          e.getCause(),
          type == ConfigResource.Type.TOPIC
              ? "which sizes, keys and timestamps the topic takes and how long it keeps them; timestamps of more than an hour ahead become dead letters, as with Kafka's defaults"
              : "whether the broker allows the job's transaction timeout and record size");
      return Map.of();
    }
  }

  /** The time that a request may take. */
  private Duration limit() {
    return timeout.multipliedBy(2);
  }

  /** A check that may be interrupted. */
  private interface Check {
    void run() throws InterruptedException;
  }

  private void uninterrupted(Check check) {
    try {
      check.run();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private InvalidPipelineException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new InvalidPipelineException(
        "Interrupted while checking Kafka at " + bootstrapServers + ".", cause);
  }

  /** Kafka's answer; any failure says that it cannot be used. */
  private <T> T answer(KafkaFuture<T> future) {
    try {
      return get(future);
    } catch (ExecutionException e) {
      throw failure.of(e.getCause());
    }
  }

  private <T> T get(KafkaFuture<T> future) throws ExecutionException {
    try {
      return future.get(limit().toMillis(), TimeUnit.MILLISECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw failure.of(e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
