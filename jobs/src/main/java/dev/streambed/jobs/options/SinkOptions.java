package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.required;

import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.options.policy.LostTransactionPolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.jobs.registry.Subject;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/**
 * Where embeddings and dead letters go.
 *
 * @param onRejected what to do about the embedding that a rejected record had before
 * @param format how the values of embeddings are written
 * @param profile what embeddings look like
 * @param subject where their schema is registered; null if no registry takes part
 * @param includeText whether embeddings carry their text
 * @param headers which headers of the source record are passed on
 * @param transactionalIdPrefix letters, digits, dot, underscore and hyphen
 * @param transactionTimeout 1 s to 7 d
 * @param onLostTransaction what to do about a transaction that Kafka aborted
 * @param maxRecordSize largest record with key and headers, 16 KiB to 512 MiB
 * @param kafka further properties of Kafka's producer
 */
@Internal
public record SinkOptions(
    String bootstrapServers,
    String topic,
    String deadLetterTopic,
    RejectedPolicy onRejected,
    EmbeddingFormat format,
    ProfileOptions profile,
    @Nullable Subject subject,
    boolean includeText,
    OutputHeaders headers,
    String transactionalIdPrefix,
    Duration transactionTimeout,
    TransactionNamingStrategy transactionNaming,
    LostTransactionPolicy onLostTransaction,
    MemorySize maxRecordSize,
    Map<String, String> kafka)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  static final RejectedPolicy DEFAULT_ON_REJECTED = RejectedPolicy.KEEP;

  static final EmbeddingFormat DEFAULT_FORMAT = EmbeddingFormat.JSON;

  /** The default of the broker's transaction.max.timeout.ms. */
  static final Duration DEFAULT_TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

  static final TransactionNamingStrategy DEFAULT_TRANSACTION_NAMING =
      TransactionNamingStrategy.POOLING;

  static final LostTransactionPolicy DEFAULT_ON_LOST_TRANSACTION = LostTransactionPolicy.FAIL;

  /** The default of the producer's max.request.size; brokers take 12 bytes more by default. */
  static final MemorySize DEFAULT_MAX_RECORD_SIZE = MemorySize.ofMebiBytes(1);

  /** A dead letter without its record has some 1 KiB. */
  private static final MemorySize SMALLEST_MAX_RECORD_SIZE = new MemorySize(16 << 10);

  private static final MemorySize LARGEST_MAX_RECORD_SIZE = MemorySize.ofMebiBytes(512);

  /**
   * Size of the records for one partition that are sent at once: 40 vectors of 256 dimensions in
   * JSON.
   */
  private static final int BATCH_BYTES = 128 << 10;

  /** Kafka's default. */
  private static final long USUAL_BUFFER_BYTES = 32 << 20;

  /** How long they may wait for more: nobody sees them before a checkpoint, which sends them. */
  private static final int LINGER_MILLIS = 20;

  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]+");

  /** Producer properties that the job or an option of its own sets, and by what. */
  static final Map<String, String> RESERVED =
      Map.of(
          ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, "bootstrap-servers",
          ProducerConfig.TRANSACTIONAL_ID_CONFIG, "transactional-id-prefix",
          ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "transaction-timeout",
          ProducerConfig.MAX_REQUEST_SIZE_CONFIG, "max-record-size",
          ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "",
          ProducerConfig.ACKS_CONFIG, "",
          ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, "",
          ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, "");

  public SinkOptions {
    ClientProperties.checkServers(JobOptions.SINK_BOOTSTRAP_SERVERS, bootstrapServers);
    check(!topic.isBlank(), JobOptions.SINK_TOPIC, "", "the name of a topic");
    check(
        !deadLetterTopic.isBlank() && !deadLetterTopic.equals(topic),
        JobOptions.SINK_DEAD_LETTER_TOPIC,
        deadLetterTopic,
        "the name of a topic of its own");
    check(
        PREFIX.matcher(transactionalIdPrefix).matches(),
        JobOptions.SINK_TRANSACTIONAL_ID_PREFIX,
        transactionalIdPrefix,
        "letters, digits, dots, underscores and hyphens");
    check(
        transactionTimeout.compareTo(Duration.ofSeconds(1)) >= 0
            && transactionTimeout.compareTo(Duration.ofDays(7)) <= 0,
        JobOptions.SINK_TRANSACTION_TIMEOUT,
        transactionTimeout,
        "between 1 s and 7 d");
    check(
        maxRecordSize.compareTo(SMALLEST_MAX_RECORD_SIZE) >= 0
            && maxRecordSize.compareTo(LARGEST_MAX_RECORD_SIZE) <= 0,
        JobOptions.SINK_MAX_RECORD_SIZE,
        maxRecordSize,
        "between " + SMALLEST_MAX_RECORD_SIZE + " and " + LARGEST_MAX_RECORD_SIZE);
    kafka = Map.copyOf(kafka);
  }

  /**
   * Reads the options.
   *
   * @param source the format of the records that are read
   * @throws InvalidPipelineException if one is missing or out of its range
   */
  static SinkOptions from(Configuration file, RecordFormat source) {
    Map<String, String> kafka = file.get(JobOptions.SINK_KAFKA);
    ClientProperties.PRODUCER.check(JobOptions.SINK_KAFKA, kafka, RESERVED);
    var options =
        new SinkOptions(
            file.getOptional(JobOptions.SINK_BOOTSTRAP_SERVERS)
                .orElse(required(file, JobOptions.SOURCE_BOOTSTRAP_SERVERS)),
            required(file, JobOptions.SINK_TOPIC),
            required(file, JobOptions.SINK_DEAD_LETTER_TOPIC),
            file.get(JobOptions.SINK_ON_REJECTED),
            file.get(JobOptions.SINK_FORMAT),
            ProfileKeys.read(file, source),
            RegistryKeys.subject(file),
            file.get(JobOptions.SINK_INCLUDE_TEXT),
            headers(file),
            file.getOptional(JobOptions.SINK_TRANSACTIONAL_ID_PREFIX)
                .orElseGet(() -> EmbedTopicOptions.defaultName(file)),
            file.get(JobOptions.SINK_TRANSACTION_TIMEOUT),
            file.get(JobOptions.SINK_TRANSACTION_NAMING),
            file.get(JobOptions.SINK_ON_LOST_TRANSACTION),
            file.get(JobOptions.SINK_MAX_RECORD_SIZE),
            kafka);
    options.checkBuffer();
    return options;
  }

  private static OutputHeaders headers(Configuration file) {
    List<String> names = file.get(JobOptions.SINK_HEADERS);
    if (names == null) {
      return OutputHeaders.DEFAULT;
    }
    try {
      return OutputHeaders.parse(names);
    } catch (IllegalArgumentException e) {
      throw new InvalidPipelineException(
          "Invalid value %s for option %s: %s."
              .formatted(names, JobOptions.SINK_HEADERS.key(), e.getMessage()),
          e,
          JobOptions.SINK_HEADERS.key());
    }
  }

  /**
   * The form of the embeddings of a job.
   *
   * @param vectors names of the vectors of other lengths
   * @throws InvalidPipelineException if the profile does not fit them
   */
  public Profile openProfile(List<String> vectors) {
    if (profile.name() == ProfileName.CANONICAL) {
      return format.with(profile.encoding());
    }
    try {
      return format == EmbeddingFormat.AVRO
          ? profile.openAvro(vectors)
          : profile.open(topic, vectors);
    } catch (IllegalArgumentException e) {
      throw new InvalidPipelineException(
          "Invalid value %s for option %s, with what %s says: %s."
              .formatted(
                  profile.name(),
                  ProfileKeys.PROFILE.key(),
                  ProfileKeys.FIELDS.key(),
                  e.getMessage()),
          e,
          ProfileKeys.PROFILE.key());
    }
  }

  /**
   * The prefix of the transactional ids of embeddings. As a configured prefix has no slash, no two
   * of these are prefixes of one another, whatever the jobs are called: Flink aborts all
   * transactions that start with its prefix.
   */
  public String embeddingsPrefix() {
    return transactionalIdPrefix + "/embeddings/";
  }

  public String deadLettersPrefix() {
    return transactionalIdPrefix + "/dead-letters/";
  }

  public int maxRecordBytes() {
    return Math.toIntExact(maxRecordSize.getBytes());
  }

  /** Whether the producer compresses what it sends; also if nobody can say before it runs. */
  public boolean compresses() {
    return !kafka.getOrDefault(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none").equals("none");
  }

  /**
   * Refuses a buffer into which a record of the largest size, or a batch, does not fit: the
   * producer would refuse each such record.
   */
  private void checkBuffer() {
    long largest = Math.max(maxRecordBytes(), batchBytes());
    String buffer = kafka.get(ProducerConfig.BUFFER_MEMORY_CONFIG);
    if (buffer != null && buffer.matches("[0-9]{1,18}") && Long.parseLong(buffer) < largest) {
      throw new InvalidPipelineException(
          "Invalid value %s for option %s.%s: must be at least %d, the larger of %s and %s. Remove it, or raise it."
              .formatted(
                  buffer,
                  JobOptions.SINK_KAFKA.key(),
                  ProducerConfig.BUFFER_MEMORY_CONFIG,
                  largest,
                  JobOptions.SINK_MAX_RECORD_SIZE.key(),
                  ProducerConfig.BATCH_SIZE_CONFIG));
    }
  }

  /** Bytes that are sent at once; the default if the file says it by reference. */
  private long batchBytes() {
    String batch = kafka.get(ProducerConfig.BATCH_SIZE_CONFIG);
    // A topic may take no more than a record at once.
    return batch != null && batch.matches("[0-9]{1,18}")
        ? Long.parseLong(batch)
        : Math.min(BATCH_BYTES, maxRecordBytes());
  }

  /** Properties of an admin client that connects as the producer does. */
  public Properties adminProperties() {
    var properties = new Properties();
    properties.putAll(KafkaSecrets.withProviders(kafka));
    properties.setProperty(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    return properties;
  }

  /** Properties of Kafka's producer (docs/decisions/0055). */
  public Properties producerProperties() {
    var properties = new Properties();
    properties.setProperty(ProducerConfig.BATCH_SIZE_CONFIG, Long.toString(batchBytes()));
    // A record that does not fit into the buffer is refused, so the buffer follows their size.
    properties.setProperty(
        ProducerConfig.BUFFER_MEMORY_CONFIG,
        Long.toString(Math.max(USUAL_BUFFER_BYTES, maxRecordBytes() + batchBytes())));
    properties.setProperty(ProducerConfig.LINGER_MS_CONFIG, Integer.toString(LINGER_MILLIS));
    properties.putAll(KafkaSecrets.withProviders(kafka));
    properties.setProperty(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Long.toString(transactionTimeout.toMillis()));
    properties.setProperty(
        ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Long.toString(maxRecordSize.getBytes()));
    return properties;
  }
}
