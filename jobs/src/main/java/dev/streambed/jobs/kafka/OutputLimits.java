package dev.streambed.jobs.kafka;

import dev.streambed.jobs.options.SinkOptions;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of the sink's two topics; each task asks for them when it starts.
 *
 * @param embeddings of the topic of embeddings
 * @param deadLetters of the topic of dead letters
 */
@Internal
public record OutputLimits(
    SerializableSupplier<TopicLimits> embeddings, SerializableSupplier<TopicLimits> deadLetters) {

  /** The limits that the options set, for steps without Kafka behind them. */
  public static OutputLimits ofOptions(SinkOptions sink) {
    var limits =
        new TopicLimits(
            sink.maxRecordBytes(),
            TopicLimits.UNLIMITED,
            TopicLimits.UNLIMITED,
            /* requiresKey= */ false);
    return new OutputLimits(() -> limits, () -> limits);
  }

  /**
   * The limits of the topics themselves.
   *
   * @param embeddings as the start-up checks found them
   * @param deadLetters likewise
   */
  public static OutputLimits ofTopics(
      SinkOptions sink, TopicLimits embeddings, TopicLimits deadLetters) {
    return new OutputLimits(
        new Question(sink, sink.topic(), embeddings),
        new Question(sink, sink.deadLetterTopic(), deadLetters));
  }

  /**
   * Asks Kafka when a task starts. The settings of the topic may have changed since the job was
   * submitted, and Kafka must not refuse a record for ever because of that.
   */
  private record Question(SinkOptions sink, String topic, TopicLimits atSubmission)
      implements SerializableSupplier<TopicLimits> {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(OutputLimits.class);
    private static final Duration LIMIT = Duration.ofSeconds(10);

    @Override
    public TopicLimits get() {
      var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      try (Admin admin = Admin.create(adminProperties())) {
        Map<String, String> settings =
            KafkaSettings.valuesOf(
                KafkaSettings.ask(admin, resource).get(LIMIT.toMillis(), TimeUnit.MILLISECONDS));
        TopicLimits found = TopicLimits.of(settings, sink);
        if (!found.equals(atSubmission)) {
          LOG.warn(
              "The settings of topic {} have changed since the job was submitted: it takes {}, no longer {}.",
              topic,
              found,
              atSubmission);
        }
        return found;
      } catch (ExecutionException | TimeoutException | KafkaException e) {
        LOG.info(
            "Cannot ask for the settings of topic {}: {}. Its records are held to those that were found when the job was submitted.",
            topic,
            String.valueOf(e.getMessage()));
        return atSubmission;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return atSubmission;
      }
    }

    private Properties adminProperties() {
      Properties properties = sink.adminProperties();
      String millis = Long.toString(LIMIT.toMillis());
      properties.setProperty(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
      properties.setProperty(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
      return properties;
    }
  }
}
