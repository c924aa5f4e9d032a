package dev.streambed.jobs;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.Profile;
import dev.streambed.schemas.profile.UnfitRecordException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Encodes embeddings, and passes tombstones on. Makes dead letters, for {@link DeadLetters#TAG}, of
 * records from a checkpoint that do not decode any more, because the format was changed, and of
 * records that the topic refuses: in the sink they would restart the job for ever. Starts only if
 * its vectors compare with those that the job wrote before. Runs on the task thread.
 */
final class EncodeFunction extends ProcessFunction<Embedded<InputRecord>, OutputRecord>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  static final String TOO_LARGE = "TOO_LARGE";
  static final String TIMESTAMP_REFUSED = "TIMESTAMP_REFUSED";

  /**
   * The model and settings that all embeddings of a job have in common.
   *
   * @param spaces of a text's vectors, in the order of an {@link Embedding}
   */
  record ModelUse(
      List<VectorSpace> spaces,
      String revision,
      String digest,
      String precision,
      String defaultPrompt)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    ModelUse {
      spaces = List.copyOf(spaces);
    }

    /** The space of the first vector. */
    VectorSpace space() {
      return spaces.get(0);
    }

    /** Names of the vectors beside the first. */
    List<String> namesOfOthers() {
      return spaces.stream().skip(1).map(other -> OtherVector.NAME + other.dimensions()).toList();
    }

    ModelReference reference() {
      return new ModelReference(space().model(), revision, digest, precision);
    }
  }

  /**
   * How embeddings are written.
   *
   * @param profile their keys and values
   * @param onRejected whether a tombstone takes the place of an embedding that cannot be written
   */
  record Form(
      Profile profile, boolean includesText, RejectedPolicy onRejected, OutputHeaders headers)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  private final RecordFormat sourceFormat;
  private final ModelUse model;
  private final Form form;
  private final SerializableSupplier<TopicLimits> topic;
  private final SpaceMemory memory;
  private final List<String> spaces;
  private transient @Nullable TopicLimits limits;
  private transient @Nullable RecordDecoder decoder;
  private transient @Nullable RecordEncoder encoder;
  private transient @Nullable WrittenCounts counts;

  /**
   * Encodes for one sink.
   *
   * @param sourceFormat the format of records that come from a checkpoint, undecoded
   * @param topic the limits of the sink topic, asked for once per task
   */
  EncodeFunction(
      RecordFormat sourceFormat,
      ModelUse model,
      Form form,
      SerializableSupplier<TopicLimits> topic,
      ModelChangePolicy onModelChange) {
    this.sourceFormat = sourceFormat;
    this.model = model;
    this.form = form;
    this.topic = topic;
    this.memory = new SpaceMemory(model, onModelChange);
    this.spaces = model.spaces().stream().map(VectorSpace::toString).toList();
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    memory.restore(context);
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) {
    // Flink itself writes the state that was filled in when it was restored.
  }

  @Override
  public void open(OpenContext context) {
    counts = new WrittenCounts(getRuntimeContext().getMetricGroup());
    limits = topic.get();
    decoder = sourceFormat.open();
    encoder = new RecordEncoder(form, spaces.get(0), decoder);
  }

  @Override
  public void close() {
    if (decoder != null) {
      decoder.close();
    }
  }

  @Override
  public void processElement(
      Embedded<InputRecord> embedded, Context context, Collector<OutputRecord> out) {
    SourceRecord source = embedded.input().source();
    if (form.onRejected() == RejectedPolicy.TOMBSTONE && embedded.input().isOfRejected()) {
      deleteRejected(embedded.input().unmarked(), context, out);
      return;
    }
    TextRecord text;
    try {
      text = embedded.input().decoded(() -> Objects.requireNonNull(decoder));
    } catch (MalformedRecordException e) {
      String reason = e.reason().name();
      context.output(
          DeadLetters.TAG,
          new DeadLetter(Stage.DECODE, reason, String.valueOf(e.getMessage()), source, List.of()));
      deleteRejected(source, context, out);
      return;
    }
    if (text != null && !embedded.isEmbedded()) { // its dead letter is already made
      deleteRejected(source, context, out);
      return;
    }
    DeadLetter refused;
    try {
      OutputRecord record =
          text == null
              ? Objects.requireNonNull(encoder).tombstone(source)
              : Objects.requireNonNull(encoder).encode(source, embedding(embedded, text));
      refused =
          refusal(
              source,
              record,
              text == null ? "tombstone" : "embedding",
              context.timerService().currentProcessingTime());
      if (refused == null) {
        Objects.requireNonNull(counts).add(record);
        out.collect(record);
        return;
      }
    } catch (UnfitRecordException e) {
      refused = letter(source, e.reason().name(), String.valueOf(e.getMessage()));
    } catch (MalformedRecordException e) { // a key that comes from a checkpoint
      refused = letter(source, e.reason().name(), String.valueOf(e.getMessage()));
    }
    context.output(DeadLetters.TAG, refused);
    deleteRejected(source, context, out);
  }

  /**
   * Deletes what the key of a dead letter has, if the job is to. The topic takes the tombstone:
   * without headers and timestamp where it refuses those of the record. A key that is too large for
   * a tombstone has no embedding.
   */
  private void deleteRejected(SourceRecord source, Context context, Collector<OutputRecord> out) {
    if (form.onRejected() == RejectedPolicy.KEEP || source.key() == null) {
      return;
    }
    long now = context.timerService().currentProcessingTime();
    OutputRecord tombstone;
    try {
      tombstone = Objects.requireNonNull(encoder).tombstone(source);
    } catch (UnfitRecordException | MalformedRecordException e) {
      return; // no embedding has such a key
    }
    byte[] key = tombstone.key();
    if (key != null && refusal(source, tombstone, "tombstone", now) != null) {
      tombstone = OutputRecord.tombstone(key);
    }
    if (Objects.requireNonNull(limits).takesSizeOf(tombstone)) {
      Objects.requireNonNull(counts).addOfRejected();
      out.collect(tombstone);
    }
  }

  /** The topic's reason to refuse a record; null if it takes it. */
  private @Nullable DeadLetter refusal(
      SourceRecord source, OutputRecord record, String what, long nowMillis) {
    TopicLimits topicLimits = Objects.requireNonNull(limits);
    if (!topicLimits.takesSizeOf(record)) {
      return letter(
          source,
          TOO_LARGE,
          "The %s takes up to %d bytes with key and headers; the limit is %d."
              .formatted(what, record.maxBytesOnWire(), topicLimits.maxRecordBytes()));
    }
    if (!topicLimits.takesTimestamp(record.timestampMillis(), nowMillis)) {
      return letter(
          source,
          TIMESTAMP_REFUSED,
          "The sink topic does not take the record's timestamp, %d ms %s now (%s, less up to %d ms for clocks and delays). Correct it where it is set, in milliseconds since 1970, or raise the topic's limit."
              .formatted(
                  Math.abs(record.timestampMillis() - nowMillis),
                  record.timestampMillis() < nowMillis ? "before" : "after",
                  topicLimits.timestamps(),
                  TopicLimits.MARGIN.toMillis()));
    }
    if (topicLimits.requiresKey() && record.key() == null) {
      return letter(
          source,
          DecodeFunction.MISSING_KEY,
          "The record has no key, and the sink topic is compacted.");
    }
    return null;
  }

  private static DeadLetter letter(SourceRecord source, String reason, String message) {
    return new DeadLetter(Stage.ENCODE, reason, message, source, List.of());
  }

  private EmbeddingRecord embedding(Embedded<InputRecord> embedded, TextRecord text) {
    Embedding embedding = embedded.embedding();
    var provenance =
        new Provenance(
            model.reference(),
            spaces.get(0),
            promptOf(text),
            embedding.tokens(),
            embedding.truncated(),
            embedding.unknownTokens(),
            Provenance.contentHash(text.text()),
            embedded.input().source().position());
    return new EmbeddingRecord(
        text.key(),
        form.includesText() ? text.text() : null,
        embedding.vector(),
        others(embedding),
        provenance,
        text.metadata(),
        text.eventTimeMillis());
  }

  private List<OtherVector> others(Embedding embedding) {
    List<OtherVector> others = new ArrayList<>(embedding.others().size());
    for (int i = 0; i < embedding.others().size(); i++) {
      others.add(new OtherVector(spaces.get(1 + i), embedding.others().get(i)));
    }
    return others;
  }

  /** The prompt that the embedder used; null for none. */
  private @Nullable String promptOf(TextRecord text) {
    String prompt = text.prompt() == null ? model.defaultPrompt() : text.prompt();
    return prompt.equals(EmbedderOptions.NO_PROMPT) ? null : prompt;
  }
}
