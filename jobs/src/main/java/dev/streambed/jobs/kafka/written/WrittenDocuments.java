package dev.streambed.jobs.kafka.written;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.Embedding;
import dev.streambed.jobs.kafka.written.WrittenKeys.Place;
import dev.streambed.operator.change.written.WrittenText;
import dev.streambed.operator.stream.TextChunk;
import dev.streambed.query.EmbeddingReader.Entry;
import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EmbeddingRecord.ChunkOfText;
import dev.streambed.schemas.OtherVector;
import dev.streambed.schemas.Provenance;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.TextRecord;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.function.SerializableFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes of embeddings the documents that they are of, as the job's source would have them but for
 * their text.
 *
 * @param <T> type of the job's records
 * @param digest of the job's model
 * @param spaces addresses of the spaces of all vectors that the job makes of a text, in their order
 * @param maxTokens longest text that the job embeds, 0 for the model's limit; null if it truncates
 * @param headings whether the job puts headings above chunks into their metadata
 * @param records makes records of the job
 */
@Internal
public record WrittenDocuments<T>(
    WrittenKeys keys,
    String digest,
    List<String> spaces,
    @Nullable Integer maxTokens,
    boolean headings,
    SerializableFunction<Document, T> records)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** In place of a text, which nobody looks at. */
  private static final String NO_TEXT = "-";

  /** The index of a chunk that does not say so itself is taken from its key up to here. */
  static final int MAX_UNREAD_CHUNKS = 10_000;

  private static final SourcePosition NOWHERE = new SourcePosition("-", 0, 0);

  /**
   * The parts of a record of the job.
   *
   * @param record with key and timestamp
   * @param text with key, metadata and event time
   */
  public record Document(SourceRecord record, TextRecord text) {}

  public WrittenDocuments {
    spaces = List.copyOf(spaces);
  }

  /**
   * Whether a value under the key of a chunk is one, as far as it tells: a job that does not split
   * has whole texts under keys such as {@code order#20241130}.
   */
  static boolean isChunk(Entry entry, int index) {
    if (entry.problem().isPresent()) {
      return index < MAX_UNREAD_CHUNKS;
    }
    ChunkOfText chunk = entry.embedding().chunk();
    return chunk != null && (chunk.index() == index || index < MAX_UNREAD_CHUNKS);
  }

  /** Null if it has no vectors of the job's, or is another chunk than its key says. */
  @Nullable WrittenText text(Entry entry, Place place) {
    EmbeddingRecord record = entry.embedding();
    Provenance provenance = record.provenance();
    Embedding embedding = embedding(record);
    ChunkOfText chunk = record.chunk();
    boolean fitsKey =
        place.chunk() == null ? chunk == null : chunk != null && chunk.index() == place.chunk();
    if (embedding == null || !fitsKey) {
      return null;
    }
    String prompt = provenance.prompt();
    return new WrittenText(
        provenance.contentHash(),
        prompt == null ? EmbedderOptions.NO_PROMPT : prompt,
        embedding,
        chunk == null
            ? null
            : new TextChunk(
                chunk.index(),
                chunk.count(),
                chunk.startChar(),
                chunk.endChar(),
                headings(record),
                /* before= */ ""),
        entry.timestampMillis());
  }

  private List<String> headings(EmbeddingRecord record) {
    return headings && record.metadata().get(ChunkOfText.HEADINGS) instanceof List<?> path
        ? path.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** Those of the document, without the headings above the chunk. */
  private Map<String, @Nullable Object> metadata(EmbeddingRecord record) {
    if (!headings || record.chunk() == null) {
      return record.metadata();
    }
    Map<String, @Nullable Object> metadata = new TreeMap<>(record.metadata());
    metadata.remove(ChunkOfText.HEADINGS);
    return metadata;
  }

  /** The vectors in the job's order; null if they are others. */
  private @Nullable Embedding embedding(EmbeddingRecord record) {
    Provenance provenance = record.provenance();
    Integer unknown = provenance.unknownTokens();
    if (!provenance.model().digest().equals(digest)
        || !spaces.get(0).equals(provenance.space())
        || record.others().size() != spaces.size() - 1
        || unknown == null
        || isTooLong(provenance)) {
      return null;
    }
    List<float[]> others = new ArrayList<>();
    for (String space : spaces.subList(1, spaces.size())) {
      for (OtherVector other : record.others()) {
        if (other.space().equals(space)) {
          others.add(other.components());
        }
      }
    }
    return others.size() == record.others().size()
        ? new Embedding(
            record.embedding(), others, provenance.tokens(), provenance.truncated(), unknown)
        : null;
  }

  /** Whether the job would reject the text, or reject it rather than truncate it. */
  private boolean isTooLong(Provenance provenance) {
    return maxTokens != null
        && (provenance.truncated() || (maxTokens > 0 && provenance.tokens() > maxTokens));
  }

  /** One that is identified, but of which nothing else is known. */
  T document(Place place) {
    return document(
        place,
        /* timestampMillis= */ 0,
        new TextRecord(
            place.id(), NO_TEXT, /* prompt= */ null, Map.of(), TextRecord.NO_EVENT_TIME));
  }

  /** One with all that was written with its vectors. */
  T document(Place place, Entry entry, EmbeddingRecord embedding) {
    return document(
        place,
        entry.timestampMillis(),
        new TextRecord(
            embedding.key(),
            NO_TEXT,
            /* prompt= */ null,
            metadata(embedding),
            embedding.eventTimeMillis()));
  }

  private T document(Place place, long timestampMillis, TextRecord text) {
    var record =
        new SourceRecord(NOWHERE, timestampMillis, place.key(), /* value= */ null, List.of());
    return records.apply(new Document(record, text));
  }
}
