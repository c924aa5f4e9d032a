package dev.streambed.jobs.options;

import dev.streambed.embedder.Range;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.options.flink.OptionType;
import dev.streambed.jobs.options.policy.LostOffsetsPolicy;
import dev.streambed.jobs.options.policy.LostTransactionPolicy;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.common.IsolationLevel;

/** Keys of a pipeline file; the classes …Keys have the others, for {@link EmbedTopicOptions}. */
@Internal
public final class JobOptions {
  public static final ConfigOption<String> SOURCE_BOOTSTRAP_SERVERS =
      ConfigOptions.key("streambed.source.bootstrap-servers")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Kafka brokers to read from, as host:port, separated by commas or as a list.");

  public static final ConfigOption<String> SOURCE_TOPIC =
      ConfigOptions.key("streambed.source.topic")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Topic of texts; or topics, or topic-pattern. A partition that is added to it is found"
                  + " within 30 s, and read from its beginning"
                  + " (streambed.source.kafka.partition.discovery.interval.ms).");

  public static final ConfigOption<String> SOURCE_GROUP_ID =
      ConfigOptions.key("streambed.source.group-id")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Consumer group that offsets are committed to; streambed-<source topic>-to-<sink topic>"
                  + " if absent, for several topics a name that depends on them all. A job that"
                  + " starts from a checkpoint or savepoint loses and repeats nothing. One that starts"
                  + " without goes on at the committed offsets: it loses what was in flight at its"
                  + " last checkpoint, and repeats what came after it. A new group begins with the"
                  + " earliest record.");

  public static final ConfigOption<IsolationLevel> SOURCE_ISOLATION_LEVEL =
      ConfigOptions.key("streambed.source.isolation-level")
          .enumType(IsolationLevel.class)
          .defaultValue(SourceOptions.DEFAULT_ISOLATION_LEVEL)
          .withDescription(
              "read_committed: embeds only what its producer committed. read_uncommitted: does not"
                  + " wait for open transactions, and also embeds what is rolled back later.");

  public static final ConfigOption<Boolean> SOURCE_BOUNDED =
      ConfigOptions.key("streambed.source.bounded")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "true: the job ends at the offsets that were the latest when it started. false: it"
                  + " runs until it is stopped. The outputs of one run are exactly once either way.");

  public static final ConfigOption<Boolean> SOURCE_REQUIRE_KEY =
      ConfigOptions.key("streambed.source.require-key")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "true: a record without a key, or with an empty one, becomes a dead letter; needed if"
                  + " the sink topic is compacted. false: it is embedded.");

  public static final ConfigOption<LostOffsetsPolicy> SOURCE_ON_LOST_OFFSETS =
      ConfigOptions.key("streambed.source.on-lost-offsets")
          .enumType(LostOffsetsPolicy.class)
          .defaultValue(SourceOptions.DEFAULT_ON_LOST_OFFSETS)
          .withDescription(
              "How to go on when Kafka no longer has the offsets that the job wants to read: they have"
                  + " expired or were deleted, the log was cut off, the topic was deleted or made anew."
                  + " fail: the job fails for good, and says what is gone and what to do. continue: it"
                  + " goes on with the earliest record that is left, logs what it missed, and counts it"
                  + " (docs/operations.md).");

  public static final ConfigOption<Map<String, String>> SOURCE_KAFKA =
      ConfigOptions.key("streambed.source.kafka")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Any other property of Kafka's consumer, such as"
                  + " streambed.source.kafka.security.protocol. One that Kafka does not know is"
                  + " refused, unless a class of your own is named, as in interceptor.classes. A"
                  + " secret must be a reference to a file or the environment, such as"
                  + " ${env:PASSWORD} (docs/security.md). Unless set here, max.poll.records is 32"
                  + " and fetch.max.bytes is 8388608, so that large records fit into the heap.");

  public static final ConfigOption<String> SINK_BOOTSTRAP_SERVERS =
      ConfigOptions.key("streambed.sink.bootstrap-servers")
          .stringType()
          .noDefaultValue()
          .withDescription("Kafka brokers to write to; those of the source if absent.");

  public static final ConfigOption<String> SINK_TOPIC =
      ConfigOptions.key("streambed.sink.topic")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Topic of embeddings. Consumers need isolation.level=read_committed, which is not"
                  + " Kafka's default.");

  public static final ConfigOption<String> SINK_DEAD_LETTER_TOPIC =
      ConfigOptions.key("streambed.sink.dead-letter-topic")
          .stringType()
          .noDefaultValue()
          .withDescription("Topic of what could not be embedded; never a compacted one.");

  public static final ConfigOption<RejectedPolicy> SINK_ON_REJECTED =
      ConfigOptions.key("streambed.sink.on-rejected")
          .enumType(RejectedPolicy.class)
          .defaultValue(SinkOptions.DEFAULT_ON_REJECTED)
          .withDescription(
              "When a record becomes a dead letter whose key may already have an embedding. keep:"
                  + " that embedding stays, of the key's earlier text. tombstone: a tombstone under"
                  + " the same key deletes it, in its place among the records of the key.");

  public static final ConfigOption<EmbeddingFormat> SINK_FORMAT =
      ConfigOptions.key("streambed.sink.format")
          .enumType(EmbeddingFormat.class)
          .defaultValue(SinkOptions.DEFAULT_FORMAT)
          .withDescription(
              "json: each embedding is a JSON object after embedding-record.schema.json. avro: an"
                  + " Avro record after embedding-record.avsc, in Avro's single-object encoding;"
                  + " vectors take a third of the bytes. protobuf: a bare message after"
                  + " embedding_record.proto. No schema registry is needed; with streambed.sink.subject"
                  + " both have its wire format. Dead letters are JSON always.");

  public static final ConfigOption<Boolean> SINK_INCLUDE_TEXT =
      ConfigOptions.key("streambed.sink.include-text")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "true: embeddings carry their text, for reranking and highlighting. false: smaller"
                  + " records, and the text stays in one topic.");

  public static final ConfigOption<List<String>> SINK_HEADERS =
      ConfigOptions.key("streambed.sink.headers")
          .stringType()
          .asList()
          .noDefaultValue()
          .withDescription(
              "Headers of the source record that embeddings, tombstones and dead letters have: all,"
                  + " none, or a list of names. If absent, all but those that describe the value that"
                  + " was read, such as __TypeId__, content-type or the id of its schema.");

  public static final ConfigOption<String> SINK_TRANSACTIONAL_ID_PREFIX =
      ConfigOptions.key("streambed.sink.transactional-id-prefix")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Letters, digits, dot, underscore and hyphen; streambed-<source topic>-to-<sink"
                  + " topic> if absent, likewise. Different for each job on a Kafka cluster, or they abort each other's"
                  + " transactions; the same when a job is upgraded.");

  public static final ConfigOption<Duration> SINK_TRANSACTION_TIMEOUT =
      ConfigOptions.key("streambed.sink.transaction-timeout")
          .durationType()
          .defaultValue(SinkOptions.DEFAULT_TRANSACTION_TIMEOUT)
          .withDescription(
              "At most the broker's transaction.max.timeout.ms. Small: an outage of job or Kafka"
                  + " that is longer than this loses what was written but not committed, see"
                  + " streambed.sink.on-lost-transaction. Large: after an unclean end of the job,"
                  + " consumers may wait this long.");

  public static final ConfigOption<TransactionNamingStrategy> SINK_TRANSACTION_NAMING =
      ConfigOptions.key("streambed.sink.transaction-naming")
          .enumType(TransactionNamingStrategy.class)
          .defaultValue(SinkOptions.DEFAULT_TRANSACTION_NAMING)
          .withDescription(
              "POOLING: reuses a few transactional ids; needs Kafka 3.0 and the right to list"
                  + " transactions. INCREMENTING: a new id for each checkpoint, which the broker"
                  + " keeps for a week. A running job cannot go from POOLING to INCREMENTING.");

  public static final ConfigOption<LostTransactionPolicy> SINK_ON_LOST_TRANSACTION =
      ConfigOptions.key("streambed.sink.on-lost-transaction")
          .enumType(LostTransactionPolicy.class)
          .defaultValue(SinkOptions.DEFAULT_ON_LOST_TRANSACTION)
          .withDescription(
              "If Kafka has aborted what was written before the job could commit it. fail: the job"
                  + " fails for good and says what to do. ignore: it goes on without, and counts it"
                  + " in Flink's metric failedCommittables.");

  public static final ConfigOption<MemorySize> SINK_MAX_RECORD_SIZE =
      ConfigOptions.key("streambed.sink.max-record-size")
          .memoryType()
          .defaultValue(SinkOptions.DEFAULT_MAX_RECORD_SIZE)
          .withDescription(
              "Largest record, with key and headers, at most max.message.bytes of the topics. A"
                  + " larger embedding or tombstone becomes a dead letter; a larger dead letter loses"
                  + " its value, then headers and key.");

  public static final ConfigOption<Map<String, String>> SINK_KAFKA =
      ConfigOptions.key("streambed.sink.kafka")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Any other property of Kafka's producer, such as"
                  + " streambed.sink.kafka.compression.type; names and secrets as above. The"
                  + " source's are not taken over. Unless set here, batch.size is 131072, linger.ms"
                  + " is 20, and buffer.memory is large enough for a record of max-record-size.");

  public static final ConfigOption<String> MODEL_DIRECTORY =
      ConfigOptions.key("streambed.model.directory")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Model directory: at a path that is the same where the job is started and on every"
                  + " TaskManager, a relative one from the pipeline file; or at a URI of Flink's file"
                  + " systems, such as s3://models/nomic, from which each TaskManager copies it.");

  public static final ConfigOption<ModelChangePolicy> MODEL_ON_CHANGE =
      ConfigOptions.key("streambed.model.on-change")
          .enumType(ModelChangePolicy.class)
          .defaultValue(EmbedTopicOptions.DEFAULT_ON_MODEL_CHANGE)
          .withDescription(
              "If the job goes on from a checkpoint with vectors that do not compare with its"
                  + " model's: another model, pooling or number of dimensions. fail: it fails for"
                  + " good and says what to do. re-embed: it embeds what is in flight and what"
                  + " comes with its model, and warns; vectors that are in the topic stay as they"
                  + " are until their texts come again (docs/operations.md).");

  public static final ConfigOption<Duration> STARTUP_TIMEOUT =
      ConfigOptions.key("streambed.startup.timeout")
          .durationType()
          .defaultValue(EmbedTopicOptions.DEFAULT_STARTUP_TIMEOUT)
          .withDescription(
              "How long the start-up checks wait for Kafka. Small: a job that cannot start says so"
                  + " at once. Large: Kafka may start at the same time.");

  private JobOptions() {}

  /** All options, in the order in which they are documented. */
  public static List<ConfigOption<?>> all() {
    List<ConfigOption<?>> options = declaredIn(JobOptions.class);
    options.addAll(options.indexOf(SOURCE_GROUP_ID), declaredIn(SourceTopics.class));
    options.addAll(options.indexOf(SOURCE_GROUP_ID), declaredIn(MappingKeys.class));
    options.addAll(options.indexOf(SINK_BOOTSTRAP_SERVERS), declaredIn(RegistryKeys.class));
    options.addAll(options.indexOf(SINK_INCLUDE_TEXT), declaredIn(ProfileKeys.class));
    options.addAll(options.indexOf(MODEL_ON_CHANGE), declaredIn(ModelKeys.class));
    for (Class<?> keys :
        List.of(BatchKeys.class, BatchKeys.ChunkingKeys.class, ModelKeys.ChangeKeys.class)) {
      options.addAll(options.indexOf(STARTUP_TIMEOUT), declaredIn(keys));
    }
    return options;
  }

  private static List<ConfigOption<?>> declaredIn(Class<?> keys) {
    List<ConfigOption<?>> options = new ArrayList<>();
    for (Field field : keys.getDeclaredFields()) {
      if (field.getType() == ConfigOption.class) {
        try {
          options.add((ConfigOption<?>) field.get(null));
        } catch (IllegalAccessException e) {
          throw new IllegalStateException("Cannot read the option " + field.getName() + ".", e);
        }
      }
    }
    return options;
  }

  /** The value of an option that has no default. */
  static String required(Configuration file, ConfigOption<String> option) {
    return file.getOptional(option)
        .orElseThrow(
            () ->
                new InvalidPipelineException(
                    "Option %s is missing. It has no default.".formatted(option.key())));
  }

  /** The value of an option, which must be in a range. */
  static <V> V within(Range<V> range, Configuration file, ConfigOption<V> option) {
    V value = file.get(option);
    check(range.contains(value), option, value, range.words());
    return value;
  }

  /** Refuses what an option says, unless a condition holds. */
  static void check(boolean holds, ConfigOption<?> option, Object found, String expected) {
    if (!holds) {
      throw new InvalidPipelineException(
          "Invalid value %s for option %s: must be %s."
              .formatted(OptionType.written(found), option.key(), expected),
          /* cause= */ null,
          option.key());
    }
  }
}
