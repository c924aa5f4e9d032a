package dev.streambed.jobs;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.VectorSpace;
import dev.streambed.jobs.EncodeFunction.Form;
import dev.streambed.jobs.EncodeFunction.ModelUse;
import dev.streambed.jobs.format.RecordDecoder;
import dev.streambed.jobs.format.RecordFormat;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.jobs.kafka.TopicLimits;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.TextChunk;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.DeadLetter.Stage;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import dev.streambed.schemas.profile.UnfitRecordException;
import dev.streambed.schemas.profile.UnfitRecordException.Reason;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.util.function.SerializableSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes of an embedded record what the sink's topic takes, or the dead letter that says why it
 * takes nothing. Used by one task thread, which owns it.
 */
final class Encoding implements AutoCloseable {
  /**
   * Where and how embeddings are written; travels with the job graph.
   *
   * @param sourceFormat of records that come from a checkpoint, undecoded
   * @param topic the limits of the sink topic, asked for once per task
   */
  record Target(
      RecordFormat sourceFormat, ModelUse model, Form form, SerializableSupplier<TopicLimits> topic)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    Encoding open() {
      return new Encoding(this);
    }
  }

  /** One of the two. */
  record Encoded(@Nullable OutputRecord record, @Nullable DeadLetter refused) {}

  private static final String TOMBSTONE = "tombstone";

  private final ModelUse model;
  private final Form form;
  private final List<String> spaces;
  private final TopicLimits limits;
  private final RecordDecoder decoder;
  private final RecordEncoder encoder;

  private Encoding(Target target) {
    this.model = target.model();
    this.form = target.form();
    this.spaces = model.spaces().stream().map(VectorSpace::toString).toList();
    this.limits = target.topic().get();
    this.decoder = target.sourceFormat().open();
    this.encoder = new RecordEncoder(form, spaces.get(0), decoder);
  }

  /** Decodes records of the source; stays this one's. */
  RecordDecoder decoder() {
    return decoder;
  }

  /**
   * Encodes a record.
   *
   * @param text of the record; null for a tombstone
   */
  Encoded encode(Embedded<InputRecord> embedded, @Nullable TextRecord text, long nowMillis) {
    SourceRecord source = embedded.input().source();
    try {
      OutputRecord record =
          text == null
              ? encoder.tombstone(source, /* text= */ null, /* chunk= */ null)
              : encoder.encode(source, embedding(embedded, text));
      DeadLetter refused =
          refusal(source, record, text == null ? TOMBSTONE : "embedding", nowMillis);
      return refused == null ? new Encoded(record, null) : new Encoded(null, refused);
    } catch (UnfitRecordException e) {
      return refused(source, e.reason().name(), e);
    } catch (MalformedRecordException e) { // a key that comes from a checkpoint
      return refused(source, e.reason().name(), e);
    }
  }

  /** As {@link TopicLimits#takesTimestamp}. */
  boolean takesTimestamp(long timestampMillis, long nowMillis) {
    return limits.takesTimestamp(timestampMillis, nowMillis);
  }

  /**
   * The tombstone of what the key of a dead letter, or one of its chunks, has, as the topic takes
   * it: without headers and timestamp where it refuses those of the record. There is none if the
   * key cannot have an embedding.
   *
   * @param text of the record, which may have the key in it; null if it has none
   * @param chunk null for a whole text
   */
  Encoded tombstoneOf(
      SourceRecord source, @Nullable TextRecord text, @Nullable TextChunk chunk, long nowMillis) {
    OutputRecord tombstone;
    try {
      tombstone = encoder.tombstone(source, text, chunk == null ? null : (Integer) chunk.index());
    } catch (UnfitRecordException e) {
      return refused(source, e.reason().name(), e);
    } catch (MalformedRecordException e) {
      return refused(source, e.reason().name(), e);
    }
    byte[] key = tombstone.key();
    if (key != null && refusal(source, tombstone, TOMBSTONE, nowMillis) != null) {
      tombstone = tombstone.bareTombstone();
    }
    return limits.takesSizeOf(tombstone)
        ? new Encoded(tombstone, null)
        : new Encoded(null, tooLarge(source, tombstone, TOMBSTONE));
  }

  private static Encoded refused(SourceRecord source, String reason, RuntimeException e) {
    return new Encoded(null, letter(source, reason, String.valueOf(e.getMessage())));
  }

  /** The topic's reason to refuse a record; null if it takes it. */
  private @Nullable DeadLetter refusal(
      SourceRecord source, OutputRecord record, String what, long nowMillis) {
    if (!limits.takesSizeOf(record)) {
      return tooLarge(source, record, what);
    }
    if (!limits.takesTimestamp(record.timestampMillis(), nowMillis)) {
      return letter(
          source,
          EncodeFunction.TIMESTAMP_REFUSED,
          "The sink topic does not take the record's timestamp, %d ms %s now (%s, less up to %d ms for clocks and delays). Correct it where it is set, in milliseconds since 1970, or raise the topic's limit."
              .formatted(
                  Math.abs(record.timestampMillis() - nowMillis),
                  record.timestampMillis() < nowMillis ? "before" : "after",
                  limits.timestamps(),
                  TopicLimits.MARGIN.toMillis()));
    }
    if (limits.requiresKey() && record.key() == null) {
      return letter(
          source,
          DecodeFunction.MISSING_KEY,
          "The record has no key, and the sink topic is compacted.");
    }
    return null;
  }

  private DeadLetter tooLarge(SourceRecord source, OutputRecord record, String what) {
    return letter(
        source,
        EncodeFunction.TOO_LARGE,
        "The %s takes up to %d bytes with key and headers; the limit is %d."
            .formatted(what, record.maxBytesOnWire(), limits.maxRecordBytes()));
  }

  private static DeadLetter letter(SourceRecord source, String reason, String message) {
    return new DeadLetter(Stage.ENCODE, reason, message, source, List.of());
  }

  private EmbeddingRecord embedding(Embedded<InputRecord> embedded, TextRecord text) {
    Embedding embedding = embedded.embedding();
    TextChunk chunk = embedded.chunk();
    String embeddedText = chunk == null ? text.text() : chunk.of(text.text());
    var provenance =
        new Provenance(
            model.reference(),
            spaces.get(0),
            promptOf(text),
            embedding.tokens(),
            embedding.truncated(),
            embedding.unknownTokens(),
            Provenance.contentHash(embeddedText),
            embedded.input().source().position());
    return new EmbeddingRecord(
        text.key(),
        form.includesText() ? embeddedText : null,
        embedding.vector(),
        others(embedding),
        provenance,
        metadata(text, chunk),
        text.eventTimeMillis(),
        chunk == null
            ? null
            : new ChunkOfText(chunk.index(), chunk.count(), chunk.startChar(), chunk.endChar()));
  }

  /** Those of the text, and the headings above the chunk. */
  private Map<String, @Nullable Object> metadata(TextRecord text, @Nullable TextChunk chunk) {
    if (chunk == null || !form.hasHeadings()) {
      return text.metadata();
    }
    if (text.metadata().containsKey(ChunkOfText.HEADINGS)) {
      throw new UnfitRecordException(
          Reason.FIELD_NAME_TAKEN,
          "Its metadata has the name '%s', which is that of the headings above a chunk. Give it another name in the mapping."
              .formatted(ChunkOfText.HEADINGS));
    }
    if (chunk.headings().isEmpty()) {
      return text.metadata();
    }
    Map<String, @Nullable Object> metadata = new TreeMap<>(text.metadata());
    metadata.put(ChunkOfText.HEADINGS, chunk.headings());
    return metadata;
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

  @Override
  public void close() {
    decoder.close();
  }
}
