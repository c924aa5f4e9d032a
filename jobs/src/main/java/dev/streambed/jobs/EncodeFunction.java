package dev.streambed.jobs;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.options.EmbeddingFormat;
import dev.streambed.jobs.options.ModelChangePolicy;
import dev.streambed.jobs.options.TextFormat;
import dev.streambed.operator.Enriched;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.ModelReference;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Encodes embeddings, and passes tombstones on. What a checkpoint held and what does not decode any
 * more, because the format was changed, goes to {@link DeadLetters#TAG}; so does what is too large
 * for the topic: in the sink it would stop the job. Starts only if its vectors compare with those
 * that the job wrote before. Runs on the task thread.
 */
final class EncodeFunction extends ProcessFunction<Enriched<InputRecord>, OutputRecord>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  static final String TOO_LARGE = "TOO_LARGE";

  /** What all embeddings of a job have in common. */
  record ModelUse(VectorSpace space, String revision, String digest, String defaultPrompt)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    ModelReference reference() {
      return new ModelReference(space.model(), revision, digest);
    }
  }

  private final TextFormat sourceFormat;
  private final ModelUse model;
  private final EmbeddingFormat format;
  private final boolean includesText;
  private final int maxRecordBytes;
  private final SpaceMemory memory;

  /**
   * Encodes for one sink.
   *
   * @param sourceFormat of records that come from a checkpoint, undecoded
   */
  EncodeFunction(
      TextFormat sourceFormat,
      ModelUse model,
      EmbeddingFormat format,
      boolean includesText,
      int maxRecordBytes,
      ModelChangePolicy onModelChange) {
    this.sourceFormat = sourceFormat;
    this.model = model;
    this.format = format;
    this.includesText = includesText;
    this.maxRecordBytes = maxRecordBytes;
    this.memory = new SpaceMemory(model, onModelChange);
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
  public void processElement(
      Enriched<InputRecord> enriched, Context context, Collector<OutputRecord> out) {
    SourceRecord source = enriched.input().source();
    float[] vector = enriched.vector();
    TextRecord text;
    try {
      text = enriched.input().decoded(sourceFormat);
    } catch (MalformedRecordException e) {
      String reason = e.reason().name();
      context.output(
          DeadLetters.TAG,
          new DeadLetter(Stage.DECODE, reason, String.valueOf(e.getMessage()), source, List.of()));
      return;
    }
    if (text == null || vector == null) {
      out.collect(OutputRecord.of(source, null));
      return;
    }
    byte[] value = format.encode(embedding(enriched, text, vector));
    OutputRecord record = OutputRecord.of(source, value);
    if (record.maxBytesOnWire() <= maxRecordBytes) {
      out.collect(record);
    } else {
      String message =
          "The embedding takes up to %d bytes with key and headers; the limit is %d."
              .formatted(record.maxBytesOnWire(), maxRecordBytes);
      context.output(
          DeadLetters.TAG, new DeadLetter(Stage.ENCODE, TOO_LARGE, message, source, List.of()));
    }
  }

  private EmbeddingRecord embedding(
      Enriched<InputRecord> enriched, TextRecord text, float[] vector) {
    var provenance =
        new Provenance(
            model.reference(),
            promptOf(text),
            enriched.tokens(),
            enriched.truncated(),
            Provenance.contentHash(text.text()),
            enriched.input().source().position());
    return new EmbeddingRecord(
        text.key(),
        includesText ? text.text() : null,
        vector,
        provenance,
        text.metadata(),
        text.eventTimeMillis());
  }

  /** The prompt that the embedder used; null for none. */
  private @Nullable String promptOf(TextRecord text) {
    String prompt = text.prompt() == null ? model.defaultPrompt() : text.prompt();
    return prompt.equals(EmbedderOptions.NO_PROMPT) ? null : prompt;
  }
}
