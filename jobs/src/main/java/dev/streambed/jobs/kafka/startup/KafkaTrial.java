package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.options.ClientProperties;
import dev.streambed.jobs.options.InvalidPipelineException;
import dev.streambed.jobs.options.JobOptions;
import dev.streambed.jobs.options.KafkaSecrets;
import dev.streambed.jobs.options.SinkOptions;
import dev.streambed.jobs.options.SourceOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.configuration.ConfigOption;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes the clients that the job will use, with all their properties, and asks each for its topic.
 * Some checks exist only in the constructors of Kafka's clients, and a timeout that is too short
 * shows only in use. Used by the thread that starts the job; writes nothing and joins no group.
 */
final class KafkaTrial {

  private KafkaTrial() {}

  /**
   * Makes a consumer and closes it.
   *
   * @param topics to ask for one of; there may be none yet
   * @throws InvalidPipelineException if Kafka's consumer cannot be made or used
   */
  static void tryConsumer(SourceOptions source, List<String> topics, ConnectionFailure failure) {
    ConfigOption<?> option = JobOptions.SOURCE_KAFKA;
    ClientProperties.CONSUMER.checkResolved(option, source.kafka(), resolved(source.kafka()));
    Properties properties = source.consumerProperties();
    properties.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, source.bootstrapServers());
    properties.setProperty(ConsumerConfig.GROUP_ID_CONFIG, source.groupId());
    properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.putIfAbsent(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(failure));
    KafkaConsumer<byte[], byte[]> consumer;
    try {
      consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException | IllegalArgumentException e) {
      throw failure.ofProperties(e);
    }
    try {
      if (!topics.isEmpty()) {
        consumer.partitionsFor(topics.get(0));
      }
    } catch (KafkaException e) {
      throw unusable("consumer", option, topics.get(0), e);
    } finally {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
    }
  }

  /** Makes a producer like that of the embeddings, and closes it; it begins no transaction. */
  static void tryProducer(SinkOptions sink, ConnectionFailure failure) {
    ConfigOption<?> option = JobOptions.SINK_KAFKA;
    ClientProperties.PRODUCER.checkResolved(option, sink.kafka(), resolved(sink.kafka()));
    Properties properties = sink.producerProperties();
    properties.setProperty(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, sink.bootstrapServers());
    properties.setProperty(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG, sink.embeddingsPrefix() + "start-up");
    properties.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis(failure));
    KafkaProducer<byte[], byte[]> producer;
    try {
      producer =
          new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    } catch (KafkaException | IllegalArgumentException e) {
      throw failure.ofProperties(e);
    }
    try {
      producer.partitionsFor(sink.topic());
    } catch (KafkaException e) {
      throw unusable("producer", option, sink.topic(), e);
    } finally {
      producer.close(Duration.ZERO);
    }
  }

  /** As long as the other checks wait, unless the file says how long. Kafka's default is 60 s. */
  private static String millis(ConnectionFailure failure) {
    return Long.toString(Math.min(Integer.MAX_VALUE, failure.timeout().toMillis()));
  }

  private static Map<String, String> resolved(Map<String, String> kafka) {
    Map<String, Object> originals =
        new AbstractConfig(new ConfigDef(), KafkaSecrets.withProviders(kafka), /* doLog= */ false)
            .originals();
    Map<String, String> resolved = new HashMap<>();
    kafka
        .keySet()
        .forEach(property -> resolved.put(property, String.valueOf(originals.get(property))));
    return resolved;
  }

  private static InvalidPipelineException unusable(
      String client, ConfigOption<?> option, String topic, KafkaException cause) {
    return new InvalidPipelineException(
        "Kafka's %s cannot ask for topic %s with the properties of %s: %s. Other clients can: look at its times, such as request.timeout.ms and max.block.ms."
            .formatted(client, topic, option.key(), ConnectionFailure.words(cause)),
        cause);
  }
}
