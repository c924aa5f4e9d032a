package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.required;

import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Where texts come from.
 *
 * @param bounded whether the job ends at the offsets that are the latest when it starts
 * @param requireKey whether a record without a key is a dead letter
 * @param onLostOffsets what to do when Kafka no longer has what the job wants to read
 * @param kafka further properties of Kafka's consumer
 */
@Internal
public record SourceOptions(
    String bootstrapServers,
    SourceTopics topics,
    RecordFormat format,
    String groupId,
    IsolationLevel isolationLevel,
    boolean bounded,
    boolean requireKey,
    LostOffsetsPolicy onLostOffsets,
    Map<String, String> kafka)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static final IsolationLevel DEFAULT_ISOLATION_LEVEL = IsolationLevel.READ_COMMITTED;

  static final LostOffsetsPolicy DEFAULT_ON_LOST_OFFSETS = LostOffsetsPolicy.FAIL;

  /** How long a new partition may wait to be read. */
  private static final Duration DISCOVERY_INTERVAL = Duration.ofSeconds(30);

  /**
   * Records that are taken from Kafka at once, of which Flink holds some four times as many: a
   * compressed batch of a megabyte may hold hundreds of megabytes (docs/decisions/0084).
   */
  private static final int POLL_RECORDS = 32;

  /**
   * Bytes of all partitions of a broker together; Kafka's default is 50 MiB, and 1 for a partition.
   */
  private static final int FETCH_BYTES = 8 << 20;

  /** Consumer properties that the job or an option of its own sets, and by what. */
  static final Map<String, String> RESERVED =
      Map.of(
          ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
          "bootstrap-servers",
          ConsumerConfig.GROUP_ID_CONFIG,
          "group-id",
          KafkaSourceOptions.CLIENT_ID_PREFIX.key(),
          "group-id",
          ConsumerConfig.ISOLATION_LEVEL_CONFIG,
          "isolation-level",
          ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
          "",
          ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
          "",
          ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
          "",
          ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
          "");

  public SourceOptions {
    ClientProperties.checkServers(JobOptions.SOURCE_BOOTSTRAP_SERVERS, bootstrapServers);
    check(
        !groupId.isBlank() && groupId.chars().noneMatch(Character::isISOControl),
        JobOptions.SOURCE_GROUP_ID,
        groupId,
        "the name of a consumer group, without control characters");
    kafka = Map.copyOf(kafka);
  }

  /**
   * Reads the options.
   *
   * @throws InvalidPipelineException if one is missing or out of its range
   */
  static SourceOptions from(Configuration file) {
    Map<String, String> kafka = file.get(JobOptions.SOURCE_KAFKA);
    ClientProperties.CONSUMER.check(JobOptions.SOURCE_KAFKA, kafka, RESERVED);
    checkDiscovery(file.get(JobOptions.SOURCE_BOUNDED), kafka);
    return new SourceOptions(
        required(file, JobOptions.SOURCE_BOOTSTRAP_SERVERS),
        SourceTopics.read(file),
        MappingKeys.read(file),
        file.getOptional(JobOptions.SOURCE_GROUP_ID)
            .orElseGet(() -> EmbedTopicOptions.defaultName(file)),
        file.get(JobOptions.SOURCE_ISOLATION_LEVEL),
        file.get(JobOptions.SOURCE_BOUNDED),
        file.get(JobOptions.SOURCE_REQUIRE_KEY),
        file.get(JobOptions.SOURCE_ON_LOST_OFFSETS),
        kafka);
  }

  private static void checkDiscovery(boolean bounded, Map<String, String> kafka) {
    String interval = KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key();
    if (bounded && kafka.containsKey(interval)) {
      String key = JobOptions.SOURCE_KAFKA.key() + "." + interval;
      throw new InvalidPipelineException(
          "Option %s has no effect with %s: a bounded job reads the partitions that are there at its start. Remove it."
              .formatted(key, JobOptions.SOURCE_BOUNDED.key()),
          /* cause= */ null,
          key);
    }
  }

  /** Properties of Kafka's consumer, and of the connector around it. */
  public Properties consumerProperties() {
    var properties = new Properties();
    properties.setProperty(
        KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(),
        Long.toString(DISCOVERY_INTERVAL.toMillis()));
    properties.setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, Integer.toString(POLL_RECORDS));
    properties.setProperty(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, Integer.toString(FETCH_BYTES));
    properties.putAll(KafkaSecrets.withProviders(kafka));
    properties.setProperty(KafkaSourceOptions.CLIENT_ID_PREFIX.key(), groupId);
    properties.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    properties.setProperty(ConsumerConfig.GROUP_ID_CONFIG, groupId);
    properties.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolationLevel.toString());
    properties.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.setProperty(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    String deserializer = ByteArrayDeserializer.class.getName();
    properties.setProperty(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, deserializer);
    properties.setProperty(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, deserializer);
    return properties;
  }
}
