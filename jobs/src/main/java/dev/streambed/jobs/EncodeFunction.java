package dev.streambed.jobs;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.Encoding.Encoded;
import dev.streambed.jobs.format.OutputHeaders;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.jobs.options.policy.ModelChangePolicy;
import dev.streambed.jobs.options.policy.RejectedPolicy;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.TextChunk;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.Profile;
import java.io.Serializable;
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
   * @param hasHeadings whether the metadata of chunks have the headings above them
   */
  record Form(
      Profile profile,
      boolean includesText,
      RejectedPolicy onRejected,
      OutputHeaders headers,
      boolean hasHeadings)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Without headings. */
    Form(Profile profile, boolean includesText, RejectedPolicy onRejected, OutputHeaders headers) {
      this(profile, includesText, onRejected, headers, /* hasHeadings= */ false);
    }
  }

  private final Encoding.Target target;
  private final Form form;
  private final SpaceMemory memory;
  private transient @Nullable Encoding encoding;
  private transient @Nullable WrittenCounts counts;
  private transient @Nullable SourcePosition lastRefused;

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
    this(new Encoding.Target(sourceFormat, model, form, topic), onModelChange);
  }

  /** Encodes for one sink. */
  EncodeFunction(Encoding.Target target, ModelChangePolicy onModelChange) {
    this.target = target;
    this.form = target.form();
    this.memory = new SpaceMemory(target.model(), onModelChange);
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
    encoding = target.open();
  }

  @Override
  public void close() {
    if (encoding != null) {
      encoding.close();
    }
  }

  @Override
  public void processElement(
      Embedded<InputRecord> embedded, Context context, Collector<OutputRecord> out) {
    SourceRecord source = embedded.input().source();
    TextChunk chunk = embedded.chunk();
    if (chunk != null && !embedded.isEmbedded()) {
      deleteChunk(embedded.input(), chunk, context, out);
      return;
    }
    if (form.onRejected() == RejectedPolicy.TOMBSTONE && embedded.input().isOfRejected()) {
      deleteRejected(embedded.input().unmarked(), /* text= */ null, context, out);
      return;
    }
    TextRecord text;
    try {
      text = embedded.input().decoded(encoding()::decoder);
    } catch (MalformedRecordException e) {
      String reason = e.reason().name();
      context.output(
          DeadLetters.TAG,
          new DeadLetter(Stage.DECODE, reason, String.valueOf(e.getMessage()), source, List.of()));
      deleteRejected(source, /* text= */ null, context, out);
      return;
    }
    if (text != null && !embedded.isEmbedded()) { // its dead letter is already made
      deleteRejected(source, text, context, out);
      return;
    }
    Encoded encoded =
        encoding().encode(embedded, text, context.timerService().currentProcessingTime());
    OutputRecord record = encoded.record();
    if (record != null) {
      Objects.requireNonNull(counts).add(record);
      out.collect(record);
    } else {
      giveUp(Objects.requireNonNull(encoded.refused()), chunk, context);
      deleteRejected(source, text, chunk, context, out);
    }
  }

  /** Makes one dead letter of a document, however many of its chunks the topic refuses. */
  private void giveUp(DeadLetter refused, @Nullable TextChunk chunk, Context context) {
    SourcePosition document = refused.record().position();
    if (chunk == null || !document.equals(lastRefused)) { // chunks leave one after the other
      context.output(DeadLetters.TAG, refused);
    }
    lastRefused = document;
  }

  private void deleteChunk(
      InputRecord input, TextChunk chunk, Context context, Collector<OutputRecord> out) {
    SourceRecord source = input.isOfRejected() ? input.unmarked() : input.source();
    long nowMillis = context.timerService().currentProcessingTime();
    Encoded encoded = encoding().tombstoneOf(source, textOf(input), chunk, nowMillis);
    OutputRecord tombstone = encoded.record();
    if (tombstone != null) {
      WrittenCounts written = Objects.requireNonNull(counts);
      if (input.isOfRejected()) {
        written.addOfRejected(source.position());
      } else {
        written.add(tombstone);
      }
      out.collect(tombstone);
    } else if (!input.isOfRejected()) { // it has its dead letter
      giveUp(Objects.requireNonNull(encoded.refused()), chunk, context);
    }
  }

  /** Null also for a record that does not decode, which has its dead letter. */
  private @Nullable TextRecord textOf(InputRecord input) {
    try {
      return input.decoded(encoding()::decoder);
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private void deleteRejected(
      SourceRecord source,
      @Nullable TextRecord text,
      Context context,
      Collector<OutputRecord> out) {
    deleteRejected(source, text, /* chunk= */ null, context, out);
  }

  /** Deletes what the key of a dead letter has, if the job is to. */
  private void deleteRejected(
      SourceRecord source,
      @Nullable TextRecord text,
      @Nullable TextChunk chunk,
      Context context,
      Collector<OutputRecord> out) {
    boolean hasNoKey = source.key() == null && !form.profile().makesKeys();
    if (form.onRejected() == RejectedPolicy.KEEP || hasNoKey) {
      return;
    }
    long nowMillis = context.timerService().currentProcessingTime();
    OutputRecord tombstone = encoding().tombstoneOf(source, text, chunk, nowMillis).record();
    if (tombstone != null) {
      Objects.requireNonNull(counts).addOfRejected(source.position());
      out.collect(tombstone);
    }
  }

  private Encoding encoding() {
    return Objects.requireNonNull(encoding, "The function is not open.");
  }
}
