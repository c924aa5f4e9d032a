package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.within;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.format.KeyFormat;
import dev.streambed.jobs.options.policy.BootstrapPolicy;
import dev.streambed.jobs.options.policy.LongTextPolicy;
import dev.streambed.operator.SessionSharing;
import dev.streambed.operator.change.ChangeMode;
import dev.streambed.operator.change.ChangeOptions;
import dev.streambed.operator.change.ChangeOptions.UnchangedChunks;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.profile.ProfileName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * The keys of {@link EmbedderOptions}, which itself knows no keys, and how they are read; and who
 * shares the model's session.
 */
final class ModelKeys {

  static final ConfigOption<String> DIMENSIONS =
      ConfigOptions.key("streambed.model.dimensions")
          .stringType()
          .defaultValue("0")
          .withDescription(
              "Length of the vectors, within the model's range; 0 for its full length. Small: less"
                  + " storage and faster search. Large: better search. Several, as a list or"
                  + " separated by commas: the first is the embedding, the others, such as"
                  + " embedding_256, come with it from the same inference (docs/output.md).");

  static final ConfigOption<String> PROMPT =
      ConfigOptions.key("streambed.model.prompt")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Name of the prompt for texts that name none; none embeds them as they are. If"
                  + " absent: passage where the model has it, else none.");

  static final ConfigOption<Integer> MAX_CHARACTERS =
      ConfigOptions.key("streambed.model.max-characters")
          .intType()
          .defaultValue(EmbedderOptions.DEFAULT.maxCharacters())
          .withDescription(
              "A longer text becomes a dead letter. Small: a huge text cannot hold up the others."
                  + " Large: it is tokenised whole, then truncated to the model's tokens.");

  static final ConfigOption<Integer> INTRA_OP_THREADS =
      ConfigOptions.key("streambed.model.intra-op-threads")
          .intType()
          .defaultValue(EmbedderOptions.DEFAULT.intraOpThreads())
          .withDescription(
              "Threads of one inference run. 1: most texts per second, with a slot or worker per"
                  + " core. More: a lone text is ready sooner.");

  static final ConfigOption<String> DEVICE =
      ConfigOptions.key("streambed.model.device")
          .stringType()
          .defaultValue(EmbedderOptions.DEFAULT.device().toString())
          .withDescription(
              "cpu: the CPU. cuda: a GPU that Flink lists as external resource gpu; the job does not"
                  + " start without. auto: such a GPU if it can be used, else the CPU. cuda:N: the"
                  + " GPU with this index, whatever Flink lists. GPUs need a build with -Pgpu"
                  + " (docs/gpu.md).");

  static final ConfigOption<SessionSharing> SESSION_SHARING =
      ConfigOptions.key("streambed.session.sharing")
          .enumType(SessionSharing.class)
          .defaultValue(EmbedTopicOptions.DEFAULT_SESSION_SHARING)
          .withDescription(
              "slot: each task slot has a session of its own, so runs never wait for each other."
                  + " task-manager: the slots of a TaskManager share one, so the weights are in"
                  + " memory once.");

  private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,9}");

  private ModelKeys() {}

  private static List<Integer> dimensions(Configuration file) {
    List<Integer> dimensions = new ArrayList<>();
    for (String written : file.get(DIMENSIONS).split(",", -1)) {
      String length = written.strip();
      check(NUMBER.matcher(length).matches(), DIMENSIONS, length, "a number, or a list of these");
      int each = Integer.parseInt(length);
      check(
          EmbedderOptions.DIMENSIONS.contains(each),
          DIMENSIONS,
          each,
          EmbedderOptions.DIMENSIONS.words());
      check(!dimensions.contains(each), DIMENSIONS, each, "there once");
      dimensions.add(each);
    }
    return dimensions;
  }

  static EmbedderOptions read(Configuration file) {
    return new EmbedderOptions(
        dimensions(file),
        file.getOptional(PROMPT).orElse(null),
        within(EmbedderOptions.MAX_CHARACTERS, file, MAX_CHARACTERS),
        within(EmbedderOptions.INTRA_OP_THREADS, file, INTRA_OP_THREADS),
        DeviceChoice.parse(within(DeviceChoice.FORMS, file, DEVICE)),
        BatchKeys.ChunkingKeys.maxTokensOfAll(file));
  }

  /** The keys of {@link ChangeOptions}, which itself knows no keys, and how they are read. */
  static final class ChangeKeys {

    static final ConfigOption<ChangeMode> MODE =
        ConfigOptions.key("streambed.changes.mode")
            .enumType(ChangeMode.class)
            .defaultValue(ChangeOptions.OFF.mode())
            .withDescription(
                "What becomes of a record whose text, prompt, model and dimensions are those of the"
                    + " last one under its key. off: it is embedded and written as any other. skip: it"
                    + " is not embedded, and not written. metadata-only: it is not embedded; if its"
                    + " metadata changed, it is written with the vector that Flink's state keeps. Both"
                    + " need state for each key (docs/documents.md).");

    static final ConfigOption<Duration> TTL =
        ConfigOptions.key("streambed.changes.ttl")
            .durationType()
            .noDefaultValue()
            .withDescription(
                "How long a key is remembered after its last record; for ever if absent. Longer than"
                    + " the time between two loads of the same documents, or each load embeds all."
                    + " Small: less state.");

    static final ConfigOption<UnchangedChunks> UNCHANGED_CHUNKS =
        ConfigOptions.key("streambed.changes.unchanged-chunks")
            .enumType(UnchangedChunks.class)
            .defaultValue(ChangeOptions.OFF.unchangedChunks())
            .withDescription(
                "What becomes of the chunks of a document that are as they were when another one of"
                    + " it changed. skip: they stay in the topic, and are not written. write: they are"
                    + " written again, with the vectors that metadata-only keeps, so that a reader sees"
                    + " all of the document, for as many records as it has chunks.");

    static final ConfigOption<BootstrapPolicy> BOOTSTRAP =
        ConfigOptions.key("streambed.changes.bootstrap")
            .enumType(BootstrapPolicy.class)
            .defaultValue(EmbedTopicOptions.DEFAULT_BOOTSTRAP)
            .withDescription(
                "The documents that a job knows when it first looks for changes, or splits texts."
                    + " off: none, so that the first record of each key is embedded. topic: those"
                    + " that the sink's topic has, which each task reads once, before its first"
                    + " record (docs/documents.md).");

    private ChangeKeys() {}

    static ChangeOptions read(Configuration file) {
      ChangeMode mode = file.get(MODE);
      @Nullable Duration ttl = file.getOptional(TTL).orElse(null);
      if (ttl != null) {
        check(
            mode != ChangeMode.OFF,
            TTL,
            ttl,
            "absent, as nothing is remembered while %s is off".formatted(MODE.key()));
        check(ttl.toMillis() >= 1, TTL, ttl, "at least 1 ms");
      }
      return new ChangeOptions(mode, ttl, unchangedChunks(file, mode));
    }

    private static UnchangedChunks unchangedChunks(Configuration file, ChangeMode mode) {
      UnchangedChunks chunks = file.get(UNCHANGED_CHUNKS);
      check(
          file.getOptional(UNCHANGED_CHUNKS).isEmpty()
              || (mode != ChangeMode.OFF
                  && file.get(BatchKeys.ChunkingKeys.MODE) == LongTextPolicy.SPLIT),
          UNCHANGED_CHUNKS,
          chunks,
          "absent unless %s is split and %s is on: else all of a text is written"
              .formatted(BatchKeys.ChunkingKeys.MODE.key(), MODE.key()));
      check(
          chunks == UnchangedChunks.SKIP || mode == ChangeMode.METADATA_ONLY,
          UNCHANGED_CHUNKS,
          chunks,
          "skip while %s is %s: it keeps no vectors to write them with; set metadata-only"
              .formatted(MODE.key(), mode));
      return chunks;
    }

    /** Whether the state begins with what the topic has, which must then tell enough. */
    static BootstrapPolicy bootstrap(Configuration file) {
      BootstrapPolicy policy = file.get(BOOTSTRAP);
      if (policy == BootstrapPolicy.OFF) {
        return policy;
      }
      ChangeMode mode = file.get(MODE);
      ProfileName profile = file.get(ProfileKeys.PROFILE);
      VectorEncoding encoding = file.get(ProfileKeys.ENCODING);
      KeyFormat keys = file.get(MappingKeys.KEY_FORMAT);
      boolean splits = file.get(BatchKeys.ChunkingKeys.MODE) == LongTextPolicy.SPLIT;
      checkBootstrap(
          mode != ChangeMode.OFF || splits,
          "while %s is off and %s is not split, as nothing is remembered"
              .formatted(MODE.key(), BatchKeys.ChunkingKeys.MODE.key()));
      checkBootstrap(
          profile != ProfileName.QDRANT,
          "with %s qdrant, whose keys are hashes of ids: nobody can tell what a tombstone deleted"
              .formatted(ProfileKeys.PROFILE.key()));
      checkBootstrap(
          profile != ProfileName.FLAT || file.get(JobOptions.SINK_FORMAT) != EmbeddingFormat.AVRO,
          "with %s flat in Avro, whose schema only the registry has"
              .formatted(ProfileKeys.PROFILE.key()));
      checkBootstrap(
          mode != ChangeMode.METADATA_ONLY || !encoding.isLossy(),
          "with %s %s and %s metadata-only, which writes vectors again: those in the topic are not exact"
              .formatted(ProfileKeys.ENCODING.key(), encoding, MODE.key()));
      checkBootstrap(
          !profile.makesKeys()
              || keys == KeyFormat.STRING
              || file.getOptional(MappingKeys.KEY).isPresent(),
          "with %s %s and %s %s: the keys in the topic do not tell those of the source"
              .formatted(ProfileKeys.PROFILE.key(), profile, MappingKeys.KEY_FORMAT.key(), keys));
      for (String property : BatchKeys.ChunkingKeys.PARTITIONING) {
        checkBootstrap(
            !file.get(JobOptions.SINK_KAFKA).containsKey(property),
            "with %s.%s: the partition of a key, which tells what was written last, is that of Kafka's default partitioner"
                .formatted(JobOptions.SINK_KAFKA.key(), property));
      }
      return policy;
    }

    private static void checkBootstrap(boolean fits, String why) {
      check(fits, BOOTSTRAP, BootstrapPolicy.TOPIC, "off " + why);
    }
  }
}
