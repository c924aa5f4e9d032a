package dev.streambed.sql;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.SessionSharing;
import dev.streambed.schemas.VectorEncoding;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/**
 * The options of {@code CREATE MODEL}. Those that the job's pipeline file has, too, have the same
 * name behind its last dot, and mean the same.
 */
final class ModelKeys {
  static final ConfigOption<String> MODEL_DIRECTORY =
      ConfigOptions.key("model-directory")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Model directory: at a path that is the same where the query is planned and on every"
                  + " TaskManager; or at a URI of Flink's file systems, such as s3://models/nomic,"
                  + " from which each TaskManager copies it.");

  static final ConfigOption<String> PROMPT =
      ConfigOptions.key("prompt")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Name of the prompt for texts that name none; none embeds them as they are. If"
                  + " absent: passage where the model has it, else none.");

  static final ConfigOption<String> DIMENSIONS =
      ConfigOptions.key("dimensions")
          .stringType()
          .defaultValue("0")
          .withDescription(
              "Length of the column embedding, within the model's range; 0 for the model's full"
                  + " length. Several, separated by commas: the others are those of columns such as"
                  + " embedding_256, which need not be named here.");

  static final ConfigOption<Integer> MAX_CHARACTERS =
      ConfigOptions.key("max-characters")
          .intType()
          .defaultValue(EmbedderOptions.DEFAULT.maxCharacters())
          .withDescription("A longer text is an error.");

  static final ConfigOption<Integer> INTRA_OP_THREADS =
      ConfigOptions.key("intra-op-threads")
          .intType()
          .defaultValue(EmbedderOptions.DEFAULT.intraOpThreads())
          .withDescription("Threads of one inference run.");

  static final ConfigOption<String> DEVICE =
      ConfigOptions.key("device")
          .stringType()
          .defaultValue(EmbedderOptions.DEFAULT.device().toString())
          .withDescription("cpu, cuda, cuda:N or auto.");

  static final ConfigOption<SessionSharing> SESSION_SHARING =
      ConfigOptions.key("session-sharing")
          .enumType(SessionSharing.class)
          .defaultValue(SessionSharing.SLOT)
          .withDescription(
              "slot: each task slot has a session of its own. task-manager: the slots of a"
                  + " TaskManager share one, so the weights are in memory once.");

  static final ConfigOption<Integer> MAX_RECORDS =
      ConfigOptions.key("max-records")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.policy().maxRecords())
          .withDescription("Most texts in a batch.");

  static final ConfigOption<Integer> MAX_TOKENS =
      ConfigOptions.key("max-tokens")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.policy().maxTokens())
          .withDescription(
              "Most tokens in a batch; 0: what calibration finds, or 512 on a CPU, 16384 on a GPU.");

  static final ConfigOption<Integer> WORKERS =
      ConfigOptions.key("workers")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.batcher().workers())
          .withDescription(
              "Threads that tokenise and infer in each task slot; 0: what calibration finds, or 1"
                  + " on a CPU, 2 on a GPU.");

  static final ConfigOption<Duration> CALIBRATION_LIMIT =
      ConfigOptions.key("calibration-limit")
          .durationType()
          .defaultValue(BatchingOptions.DEFAULT.calibration().limit())
          .withDescription(
              "How long each TaskManager measures, at its first start, which max-tokens and workers"
                  + " are fastest, where they are 0; at most 1 min. 0 s: nothing is measured.");

  static final ConfigOption<MemorySize> CACHE_SIZE =
      ConfigOptions.key("cache-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.batcher().cacheBytes()))
          .withDescription(
              "Heap in each task slot for texts and their vectors, so that a text that comes again"
                  + " costs no inference.");

  static final ConfigOption<MemorySize> MAX_IN_FLIGHT_SIZE =
      ConfigOptions.key("max-in-flight-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.inFlightBytes()))
          .withDescription(
              "Heap in each task slot for texts that are being embedded, each of four bytes per"
                  + " character; a larger one goes alone. 0: an eighth of the TaskManager's heap,"
                  + " shared by its slots.");

  static final ConfigOption<OnError> ON_ERROR =
      ConfigOptions.key("on-error")
          .enumType(OnError.class)
          .noDefaultValue()
          .withDescription(
              "For a text that cannot be embedded. fail: the job fails. null: its columns are NULL,"
                  + " and the column error has the reason. If absent: null where there is such a"
                  + " column, else fail.");

  static final ConfigOption<OnTruncation> TRUNCATION =
      ConfigOptions.key("truncation")
          .enumType(OnTruncation.class)
          .defaultValue(OnTruncation.FLAG)
          .withDescription(
              "For a text of more tokens than the model takes. flag: it is embedded as far as the"
                  + " model reads, and the column truncated says so. fail: it is an error, see"
                  + " on-error.");

  static final ConfigOption<VectorEncoding> ENCODING =
      ConfigOptions.key("encoding")
          .enumType(VectorEncoding.class)
          .defaultValue(VectorEncoding.FLOAT32_BYTES)
          .withDescription(
              "How a column embedding of type BYTES has the vector: float32-bytes, int8 or binary.");

  static final ConfigOption<OnUnfilledBatches> ON_UNFILLED_BATCHES =
      ConfigOptions.key("on-unfilled-batches")
          .enumType(OnUnfilledBatches.class)
          .defaultValue(OnUnfilledBatches.FAIL)
          .withDescription(
              "If Flink's max-concurrent-operations is too small for full batches. fail: the query"
                  + " is refused, with the statement that sets it. warn: it is logged.");

  private ModelKeys() {}

  static Set<ConfigOption<?>> required() {
    return Set.of(MODEL_DIRECTORY);
  }

  /** Those that need not be set, in the order in which they are documented. */
  static Set<ConfigOption<?>> optional() {
    Set<ConfigOption<?>> options = new LinkedHashSet<>();
    options.add(PROMPT);
    options.add(DIMENSIONS);
    options.add(ENCODING);
    options.add(ON_ERROR);
    options.add(TRUNCATION);
    options.add(ON_UNFILLED_BATCHES);
    options.add(DEVICE);
    options.add(SESSION_SHARING);
    options.add(MAX_RECORDS);
    options.add(MAX_TOKENS);
    options.add(WORKERS);
    options.add(CALIBRATION_LIMIT);
    options.add(CACHE_SIZE);
    options.add(MAX_IN_FLIGHT_SIZE);
    options.add(MAX_CHARACTERS);
    options.add(INTRA_OP_THREADS);
    return options;
  }

  /** The keys of all options. */
  static Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    required().forEach(option -> names.add(option.key()));
    optional().forEach(option -> names.add(option.key()));
    return names;
  }
}
