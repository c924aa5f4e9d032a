package dev.streambed.jobs.options;

import static dev.streambed.jobs.options.JobOptions.check;
import static dev.streambed.jobs.options.JobOptions.within;

import dev.streambed.embedder.DeviceChoice;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.jobs.options.policy.LongTextPolicy;
import dev.streambed.operator.SessionSharing;
import dev.streambed.operator.change.ChangeMode;
import dev.streambed.operator.change.ChangeOptions;
import dev.streambed.operator.change.ChangeOptions.UnchangedChunks;
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
  }
}
