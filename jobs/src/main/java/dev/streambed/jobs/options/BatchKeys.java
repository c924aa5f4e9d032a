package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.within;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.BatcherOptions;
import dev.streambed.embedder.calibration.CalibrationOptions;
import dev.streambed.embedder.chunk.Boundary;
import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.embedder.chunk.Headings;
import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.options.policy.LongTextPolicy;
import dev.streambed.operator.BatchingOptions;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.profile.ProfileName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/**
 * The keys of {@link BatchingOptions}, which itself knows no keys, and how they are read; and those
 * of the chunks that texts are cut into.
 */
final class BatchKeys {

  static final ConfigOption<Integer> MAX_RECORDS =
      ConfigOptions.key("streambed.batch.max-records")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.policy().maxRecords())
          .withDescription(
              "Most texts in a batch. Small: less memory and less to replay after a failure."
                  + " Large: texts of like length meet in a batch, which wastes less padding.");

  static final ConfigOption<Integer> MAX_TOKENS =
      ConfigOptions.key("streambed.batch.max-tokens")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.policy().maxTokens())
          .withDescription(
              "Most tokens in a batch, padding included unless the model's graph removes it. Small,"
                  + " 256 to 1024: best on a CPU, where batches stay in its cache. Large, some"
                  + " 16384: best on a GPU. 0: what calibration finds, or 512 on a CPU, 16384 on a"
                  + " GPU.");

  static final ConfigOption<Integer> WORKERS =
      ConfigOptions.key("streambed.batch.workers")
          .intType()
          .defaultValue(BatchingOptions.DEFAULT.batcher().workers())
          .withDescription(
              "Threads that tokenise and infer in each task slot. 1: where there is a slot per"
                  + " core. More: where slots are fewer than cores. 0: what"
                  + " calibration finds, or 1 on a CPU, 2 on a GPU.");

  static final ConfigOption<Duration> CALIBRATION_LIMIT =
      ConfigOptions.key("streambed.batch.calibration-limit")
          .durationType()
          .defaultValue(BatchingOptions.DEFAULT.calibration().limit())
          .withDescription(
              "How long each TaskManager measures, at its first start, which max-tokens and workers"
                  + " are fastest, where they are 0; at most 1 min. Some 5 s are enough for a small"
                  + " model. 0 s: nothing is measured. No choice changes a vector.");

  static final ConfigOption<String> CALIBRATION_DIRECTORY =
      ConfigOptions.key("streambed.batch.calibration-directory")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Where each TaskManager keeps what it measured, for its next start;"
                  + " streambed/calibration in the user's cache directory if absent.");

  static final ConfigOption<MemorySize> CACHE_SIZE =
      ConfigOptions.key("streambed.batch.cache-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.batcher().cacheBytes()))
          .withDescription(
              "Heap in each task slot for texts and their vectors, so that a text that comes again"
                  + " costs no inference. 0: best where texts rarely repeat. Large: where many do,"
                  + " such as titles or boilerplate; a text of 500 characters takes some 3 kb.");

  static final ConfigOption<MemorySize> MAX_IN_FLIGHT_SIZE =
      ConfigOptions.key("streambed.batch.max-in-flight-size")
          .memoryType()
          .defaultValue(new MemorySize(BatchingOptions.DEFAULT.inFlightBytes()))
          .withDescription(
              "Heap in each task slot for records that are being embedded; a larger one passes"
                  + " alone. A record takes three times its value. Small: less memory, and smaller"
                  + " checkpoints, which hold up to a third of it. Large: full batches of large"
                  + " texts. 0: an eighth of the TaskManager's heap, shared by its slots.");

  private BatchKeys() {}

  static BatchingOptions read(Configuration file) {
    check(
        file.getOptional(CALIBRATION_DIRECTORY).isEmpty() || !file.get(CALIBRATION_LIMIT).isZero(),
        CALIBRATION_DIRECTORY,
        file.getOptional(CALIBRATION_DIRECTORY).orElse(""),
        "absent, as nothing is measured unless %s is above 0 s".formatted(CALIBRATION_LIMIT.key()));
    return new BatchingOptions(
        new BatchPolicy(
            within(BatchPolicy.MAX_RECORDS, file, MAX_RECORDS),
            within(BatchPolicy.MAX_TOKENS, file, MAX_TOKENS)),
        new BatcherOptions(
            within(BatcherOptions.WORKERS, file, WORKERS),
            BatchingOptions.DEFAULT.batcher().maxQueued(),
            file.get(CACHE_SIZE).getBytes()),
        new CalibrationOptions(
            within(CalibrationOptions.LIMIT, file, CALIBRATION_LIMIT),
            file.getOptional(CALIBRATION_DIRECTORY).orElse(null)),
        file.get(MAX_IN_FLIGHT_SIZE).getBytes());
  }

  /** The keys of {@link ChunkingOptions}, which itself knows no keys, and how they are read. */
  static final class ChunkingKeys {

    static final ConfigOption<LongTextPolicy> MODE =
        ConfigOptions.key("streambed.chunking.mode")
            .enumType(LongTextPolicy.class)
            .defaultValue(LongTextPolicy.TRUNCATE)
            .withDescription(
                "How texts are treated that have more tokens than max-tokens. truncate: the model sees"
                    + " their beginning. split: a text becomes chunks, each with an embedding under a"
                    + " key of its own, <key>#<index>; texts that fit are one chunk. It keeps state for"
                    + " each key, to delete chunks that are left over. reject: they become dead letters"
                    + " (docs/documents.md).");

    static final ConfigOption<Integer> MAX_TOKENS =
        ConfigOptions.key("streambed.chunking.max-tokens")
            .intType()
            .defaultValue(ChunkingOptions.DEFAULT.maxTokens())
            .withDescription(
                "Most tokens of a chunk, or with reject of a text, prompt and special tokens"
                    + " included; 0 for the model's limit. Small: a search finds the very passage."
                    + " Large: fewer embeddings, each with more context.");

    static final ConfigOption<Integer> OVERLAP_TOKENS =
        ConfigOptions.key("streambed.chunking.overlap-tokens")
            .intType()
            .defaultValue(ChunkingOptions.DEFAULT.overlapTokens())
            .withDescription(
                "Most tokens that a chunk repeats of the one before, in whole sentences. 0: none."
                    + " Large: what is said across a boundary is found, for more inference.");

    static final ConfigOption<Integer> MIN_TOKENS =
        ConfigOptions.key("streambed.chunking.min-tokens")
            .intType()
            .defaultValue(ChunkingOptions.DEFAULT.minTokens())
            .withDescription(
                "Fewest tokens of a text's last chunk: it takes what it lacks from the one before, as"
                    + " far as whole sentences allow. 0: it may have a single word.");

    static final ConfigOption<Boundary> BOUNDARY =
        ConfigOptions.key("streambed.chunking.boundary")
            .enumType(Boundary.class)
            .defaultValue(ChunkingOptions.DEFAULT.boundary())
            .withDescription(
                "Where a chunk ends. sentence: after the last sentence that fits, or a paragraph in"
                    + " its second half. paragraph: after the last paragraph that fits. any: at the"
                    + " last word, so that chunks are full.");

    static final ConfigOption<Headings> HEADINGS =
        ConfigOptions.key("streambed.chunking.headings")
            .enumType(Headings.class)
            .defaultValue(ChunkingOptions.DEFAULT.headings())
            .withDescription(
                "How the headings of texts are found. off: not. markdown: texts are Markdown. A chunk"
                    + " rather ends before a heading than after a paragraph, never right after one,"
                    + " and its metadata have the path of those above it as headings.");

    static final ConfigOption<Boolean> HEADINGS_IN_TEXT =
        ConfigOptions.key("streambed.chunking.headings-in-text")
            .booleanType()
            .defaultValue(ChunkingOptions.DEFAULT.headingsInText())
            .withDescription(
                "true: the headings above a chunk are put before its text and embedded with it, in up"
                    + " to half of its tokens. false: they are metadata alone.");

    static final List<String> PARTITIONING =
        List.of(
            ProducerConfig.PARTITIONER_CLASS_CONFIG, ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG);

    private ChunkingKeys() {}

    /** How texts are cut; null if none is. */
    static @Nullable ChunkingOptions read(Configuration file) {
      LongTextPolicy mode = file.get(MODE);
      for (ConfigOption<?> option :
          List.of(OVERLAP_TOKENS, MIN_TOKENS, BOUNDARY, HEADINGS, HEADINGS_IN_TEXT)) {
        checkHasEffect(file, option, mode == LongTextPolicy.SPLIT, MODE);
      }
      checkHasEffect(file, MAX_TOKENS, mode != LongTextPolicy.TRUNCATE, MODE);
      if (mode != LongTextPolicy.SPLIT) {
        return null;
      }
      checkFits(file);
      checkHasEffect(file, HEADINGS_IN_TEXT, file.get(HEADINGS) != Headings.OFF, HEADINGS);
      return new ChunkingOptions(
          within(ChunkingOptions.MAX_TOKENS, file, MAX_TOKENS),
          within(ChunkingOptions.OVERLAP_TOKENS, file, OVERLAP_TOKENS),
          within(ChunkingOptions.MIN_TOKENS, file, MIN_TOKENS),
          file.get(BOUNDARY),
          file.get(HEADINGS),
          file.get(HEADINGS_IN_TEXT));
    }

    /** Adds the type of the headings to those of metadata, if chunks have some. */
    static Map<String, String> withHeadings(Configuration file, Map<String, String> types) {
      Map<String, String> all = new TreeMap<>(types);
      if (file.get(HEADINGS) != Headings.OFF) {
        all.put(ChunkOfText.HEADINGS, "string[]");
      }
      return all;
    }

    private static void checkHasEffect(
        Configuration file, ConfigOption<?> option, boolean hasEffect, ConfigOption<?> other) {
      check(
          hasEffect || file.getOptional(option).isEmpty(),
          option,
          file.get(option),
          "absent, as it has no effect while %s is %s".formatted(other.key(), file.get(other)));
    }

    /** Refuses what chunks need, and other options deny. */
    private static void checkFits(Configuration file) {
      check(
          file.get(JobOptions.SOURCE_REQUIRE_KEY),
          MODE,
          LongTextPolicy.SPLIT,
          "truncate or reject unless %s is true, as the keys of chunks are made of the document's"
              .formatted(JobOptions.SOURCE_REQUIRE_KEY.key()));
      @Nullable Duration ttl = file.getOptional(ModelKeys.ChangeKeys.TTL).orElse(null);
      check(
          ttl == null,
          ModelKeys.ChangeKeys.TTL,
          ttl == null ? "none" : ttl,
          "absent while %s is split: chunks that are left over could not be deleted if it were forgotten how many there are"
              .formatted(MODE.key()));
      KeyFormat keys = file.get(MappingKeys.KEY_FORMAT);
      ProfileName profile = file.get(ProfileKeys.PROFILE);
      check(
          keys == KeyFormat.STRING || profile.makesKeys(),
          MODE,
          LongTextPolicy.SPLIT,
          "truncate or reject with profile %s and %s %s: with #<index> behind it, such a key is none of its format any more"
              .formatted(profile, MappingKeys.KEY_FORMAT.key(), keys));
      for (String property : PARTITIONING) {
        String key = JobOptions.SINK_KAFKA.key() + "." + property;
        if (file.get(JobOptions.SINK_KAFKA).containsKey(property)) {
          throw new InvalidPipelineException(
              "Option %s has no effect while %s is split: chunks go to the partition of their document's key, as Kafka's default chooses it. Remove it."
                  .formatted(key, MODE.key()),
              /* cause= */ null,
              key);
        }
      }
    }

    /** Most tokens of texts that are not split, as {@link EmbedderOptions#maxTokens} has it. */
    static @Nullable Integer maxTokensOfAll(Configuration file) {
      return file.get(MODE) == LongTextPolicy.REJECT
          ? within(EmbedderOptions.MAX_TOKENS, file, MAX_TOKENS)
          : null;
    }

    /**
     * Checks what only the model tells.
     *
     * @throws InvalidPipelineException if it takes fewer tokens
     */
    static void checkModel(EmbedTopicOptions options, ModelDescription model) {
      ChunkingOptions chunking = options.chunking();
      @Nullable Integer most =
          chunking == null ? options.embedder().maxTokens() : (Integer) chunking.maxTokens();
      int limit = model.maxTokens();
      if (most != null) {
        check(
            most <= limit,
            MAX_TOKENS,
            most,
            "at most %d, which is what model %s takes".formatted(limit, model.name()));
      }
      if (chunking != null) {
        int max = chunking.maxTokens() == 0 ? limit : chunking.maxTokens();
        String half = "at most %d, half of a chunk".formatted(max / 2);
        check(chunking.overlapTokens() <= max / 2, OVERLAP_TOKENS, chunking.overlapTokens(), half);
        check(chunking.minTokens() <= max / 2, MIN_TOKENS, chunking.minTokens(), half);
      }
    }
  }
}
