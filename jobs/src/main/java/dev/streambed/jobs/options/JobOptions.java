package dev.streambed.jobs.options;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.SessionSharing;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.kafka.common.IsolationLevel;

/** The keys of a pipeline file, all of them. What they mean together: {@link EmbedTopicOptions}. */
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
              "Topic of texts. A partition that is added to it is found within 30 s, and read from its"
                  + " beginning (streambed.source.kafka.partition.discovery.interval.ms).");

  public static final ConfigOption<TextFormat> SOURCE_FORMAT =
      ConfigOptions.key("streambed.source.format")
          .enumType(TextFormat.class)
          .defaultValue(SourceOptions.DEFAULT_FORMAT)
          .withDescription(
              "json: each value is a JSON object after text-record.schema.json. plain-text: each"
                  + " value is nothing but the text, in UTF-8.");

  public static final ConfigOption<String> SOURCE_GROUP_ID =
      ConfigOptions.key("streambed.source.group-id")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Consumer group that offsets are committed to; streambed-<source topic>-to-<sink topic> if"
                  + " absent. A job that starts from a checkpoint or savepoint loses and repeats nothing. One"
                  + " that starts without goes on at the committed offsets: it loses what was in"
                  + " flight at its last checkpoint, and repeats what came after it. A new group"
                  + " begins with the earliest record.");

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
                  + " runs until it is stopped. The outputs of one run are exactly once either"
                  + " way.");

  public static final ConfigOption<Boolean> SOURCE_REQUIRE_KEY =
      ConfigOptions.key("streambed.source.require-key")
          .booleanType()
          .defaultValue(false)
          .withDescription(
              "true: a record without a key becomes a dead letter; needed if the sink topic is"
                  + " compacted. false: it is embedded.");

  public static final ConfigOption<LostOffsetsPolicy> SOURCE_ON_LOST_OFFSETS =
      ConfigOptions.key("streambed.source.on-lost-offsets")
          .enumType(LostOffsetsPolicy.class)
          .defaultValue(SourceOptions.DEFAULT_ON_LOST_OFFSETS)
          .withDescription(
              "What to do when Kafka no longer has the offsets that the job wants to read: they have"
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

  public static final ConfigOption<EmbeddingFormat> SINK_FORMAT =
      ConfigOptions.key("streambed.sink.format")
          .enumType(EmbeddingFormat.class)
          .defaultValue(SinkOptions.DEFAULT_FORMAT)
          .withDescription(
              "json: each embedding is a JSON object after embedding-record.schema.json. avro: an"
                  + " Avro record after embedding-record.avsc, in Avro's single-object encoding;"
                  + " vectors take a third of the bytes, and no schema registry is needed. Dead"
                  + " letters are JSON either way.");

  public static final ConfigOption<Boolean> SINK_INCLUDE_TEXT =
      ConfigOptions.key("streambed.sink.include-text")
          .booleanType()
          .defaultValue(true)
          .withDescription(
              "true: embeddings carry their text, for reranking and highlighting. false: smaller"
                  + " records, and the text stays in one topic.");

  public static final ConfigOption<String> SINK_TRANSACTIONAL_ID_PREFIX =
      ConfigOptions.key("streambed.sink.transactional-id-prefix")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Letters, digits, dot, underscore and hyphen; streambed-<source topic>-to-<sink"
                  + " topic> if absent. Different for each job on a Kafka cluster, or they abort each other's"
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
              "Model directory, under the same path where the job is started and on every"
                  + " TaskManager. A relative one starts at the pipeline file.");

  public static final ConfigOption<Integer> MODEL_DIMENSIONS =
      ConfigOptions.key("streambed.model.dimensions")
          .intType()
          .defaultValue(EmbedderOptions.DEFAULT.dimensions())
          .withDescription(
              "Length of the vectors, within the model's range; 0 for its full length. Small: less"
                  + " storage and faster search. Large: better search.");

  public static final ConfigOption<String> MODEL_PROMPT =
      ConfigOptions.key("streambed.model.prompt")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Name of the prompt for texts that name none; none embeds them as they are. If"
                  + " absent: passage where the model has it, else none.");

  public static final ConfigOption<Integer> MODEL_MAX_CHARACTERS =
      ConfigOptions.key("streambed.model.max-characters")
          .intType()
          .defaultValue(EmbedderOptions.DEFAULT.maxCharacters())
          .withDescription(
              "A longer text becomes a dead letter. Small: a huge text cannot hold up the others."
                  + " Large: it is tokenised whole, then truncated to the model's tokens.");

  public static final ConfigOption<Integer> MODEL_INTRA_OP_THREADS =
      ConfigOptions.key("streambed.model.intra-op-threads")
          .intType()
          .defaultValue(EmbedderOptions.DEFAULT.intraOpThreads())
          .withDescription(
              "Threads of one inference run. 1: most texts per second, with a slot or worker per"
                  + " core. More: a lone text is ready sooner.");

  public static final ConfigOption<String> MODEL_DEVICE =
      ConfigOptions.key("streambed.model.device")
          .stringType()
          .defaultValue(EmbedderOptions.DEFAULT.device().toString())
          .withDescription(
              "cpu: the CPU. cuda: a GPU that Flink lists as external resource gpu; the job does not"
                  + " start without. auto: such a GPU if it can be used, else the CPU. cuda:N: the"
                  + " GPU with this index, whatever Flink lists. GPUs need a build with -Pgpu"
                  + " (docs/gpu.md).");

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

  public static final ConfigOption<Integer> BATCH_MAX_RECORDS =
      ConfigOptions.key("streambed.batch.max-records")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.maxRecords())
          .withDescription(
              "Most texts in a batch. Small: less memory and less to replay after a failure."
                  + " Large: texts of like length meet in a batch, which wastes less padding.");

  public static final ConfigOption<Integer> BATCH_MAX_TOKENS =
      ConfigOptions.key("streambed.batch.max-tokens")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.maxTokens())
          .withDescription(
              "Most tokens in a batch, padding included unless the model's graph removes it. Small,"
                  + " 256 to 1024: best on a CPU, where batches stay in its cache. Large, some"
                  + " 16384: best on a GPU. 0: what calibration finds, or 512 on a CPU, 16384 on a"
                  + " GPU.");

  public static final ConfigOption<Integer> BATCH_WORKERS =
      ConfigOptions.key("streambed.batch.workers")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.workers())
          .withDescription(
              "Threads that tokenise and infer in each task slot. 1: where there is a slot per"
                  + " core. More: where slots are fewer than cores. 0: what"
                  + " calibration finds, or 1 on a CPU, 2 on a GPU.");

  public static final ConfigOption<Duration> BATCH_CALIBRATION_LIMIT =
      ConfigOptions.key("streambed.batch.calibration-limit")
          .durationType()
          .defaultValue(BatchingOptions.DEFAULT.calibration().limit())
          .withDescription(
              "How long each TaskManager measures, at its first start, which max-tokens and workers"
                  + " are fastest, where they are 0; at most 1 min. Some 5 s are enough for a small"
                  + " model. 0 s: nothing is measured. No choice changes a vector.");

  public static final ConfigOption<String> BATCH_CALIBRATION_DIRECTORY =
      ConfigOptions.key("streambed.batch.calibration-directory")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Where each TaskManager keeps what it measured, for its next start;"
                  + " streambed/calibration in the user's cache directory if absent.");

  public static final ConfigOption<MemorySize> BATCH_CACHE_SIZE =
      ConfigOptions.key("streambed.batch.cache-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.cacheBytes()))
          .withDescription(
              "Heap in each task slot for texts and their vectors, so that a text that comes again"
                  + " costs no inference. 0: best where texts rarely repeat. Large: where many do,"
                  + " such as titles or boilerplate; a text of 500 characters takes some 3 kb.");

  public static final ConfigOption<MemorySize> BATCH_MAX_IN_FLIGHT_SIZE =
      ConfigOptions.key("streambed.batch.max-in-flight-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.inFlightBytes()))
          .withDescription(
              "Heap in each task slot for records that are being embedded; a larger one passes"
                  + " alone. A record takes three times its value. Small: less memory, and smaller"
                  + " checkpoints, which hold up to a third of it. Large: full batches of large"
                  + " texts. 0: an eighth of the TaskManager's heap, shared by its slots.");

  public static final ConfigOption<SessionSharing> SESSION_SHARING =
      ConfigOptions.key("streambed.session.sharing")
          .enumType(SessionSharing.class)
          .defaultValue(EmbedTopicOptions.DEFAULT_SESSION_SHARING)
          .withDescription(
              "slot: each task slot has a session of its own, so runs never wait for each other."
                  + " task-manager: the slots of a TaskManager share one, so the weights are in"
                  + " memory once.");

  public static final ConfigOption<Duration> STARTUP_TIMEOUT =
      ConfigOptions.key("streambed.startup.timeout")
          .durationType()
          .defaultValue(EmbedTopicOptions.DEFAULT_STARTUP_TIMEOUT)
          .withDescription(
              "How long the start-up checks wait for Kafka. Small: a job that cannot start says so"
                  + " at once. Large: Kafka may start at the same time.");

  private JobOptions() {}

  /** All options, in the order of their declaration. */
  public static List<ConfigOption<?>> all() {
    List<ConfigOption<?>> options = new ArrayList<>();
    for (Field field : JobOptions.class.getDeclaredFields()) {
      if (Modifier.isPublic(field.getModifiers()) && field.getType() == ConfigOption.class) {
        try {
          options.add((ConfigOption<?>) field.get(null));
        } catch (IllegalAccessException e) {
          throw new IllegalStateException("Cannot read the option " + field.getName() + ".", e);
        }
      }
    }
    return options;
  }
}
