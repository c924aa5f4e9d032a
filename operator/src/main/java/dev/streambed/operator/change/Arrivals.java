package dev.streambed.operator.change;

import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TextRejectedException.Reason;
import dev.streambed.embedder.chunk.Chunk;
import dev.streambed.embedder.chunk.TextSplitter;
import dev.streambed.operator.EmbeddingRuntime;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import dev.streambed.operator.change.KeyedEmbedding.Chunking;
import dev.streambed.operator.change.Waiting.Arrived;
import dev.streambed.operator.change.Waiting.Part;
import dev.streambed.operator.change.written.WrittenText;
import dev.streambed.operator.stream.RecordContent;
import dev.streambed.operator.stream.TextChunk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Splits the texts of records that arrive, if they are to be split, and finds out what change
 * detection compares. Confined to the task thread.
 *
 * @param <T> type of the records
 */
final class Arrivals<T> {
  private final ChangeSettings<T> settings;
  private final Documents<T> documents;
  private final EmbeddingRuntime runtime;
  private final Fingerprinter fingerprinter = new Fingerprinter();
  private final @Nullable Chunking chunking;
  private final Map<String, TextSplitter> splitters = new HashMap<>(); // by prompt

  /**
   * For the records of a task.
   *
   * @param runtime stays the caller's
   * @throws SuppressRestartsException if texts cannot be split as they are to be
   */
  Arrivals(ChangeSettings<T> settings, EmbeddingRuntime runtime) {
    this.settings = settings;
    this.documents = settings.documents();
    this.runtime = runtime;
    this.chunking = settings.chunking();
    if (chunking != null) {
      try {
        var unused = splitter(chunking, /* promptName= */ null);
      } catch (IllegalArgumentException e) {
        throw new SuppressRestartsException( // the next start would find the same
            new InvalidModelException(
                "Cannot split texts for model %s: %s"
                    .formatted(runtime.modelName(), e.getMessage()),
                e));
      }
    }
  }

  private TextSplitter splitter(Chunking of, @Nullable String promptName) {
    return splitters.computeIfAbsent(
        runtime.promptName(promptName),
        name -> new TextSplitter(runtime.tokenCounter(promptName), of.options()));
  }

  /** The record, ready to wait for its turn. */
  Waiting<T> of(String key, StreamRecord<T> record) {
    T value = documents.prepared(record.getValue());
    RecordContent content = settings.embedding().extractor().of(value);
    StreamRecord<T> prepared =
        record.hasTimestamp()
            ? new StreamRecord<>(value, record.getTimestamp())
            : new StreamRecord<>(value); // Flink may fill the one it gave again
    if (chunking == null || content.texts().isEmpty()) {
      return of(key, prepared, content, List.of());
    }
    List<Chunk> chunks;
    try {
      chunks = split(chunking, content);
    } catch (TextRejectedException e) {
      Waiting<T> rejected = of(key, prepared, content, List.of());
      var unused = rejected.fail(e);
      return rejected;
    }
    RecordContent ofChunks = ofChunks(chunking, content, chunks);
    return of(key, prepared, ofChunks, parts(value, ofChunks, chunks));
  }

  private Waiting<T> of(
      String key, StreamRecord<T> record, RecordContent content, List<Part> parts) {
    T value = record.getValue();
    return new Waiting<>(
        new Arrived<>(
            record, key, content, documents.isDocument(value), documents.isForced(value), parts),
        ofTexts(value, content.texts(), content.prompt()),
        content.texts().isEmpty() ? null : ofMetadata(value, parts));
  }

  private List<Chunk> split(Chunking of, RecordContent content) {
    String text = content.texts().get(0);
    try {
      return splitter(of, content.prompt()).split(text);
    } catch (IllegalArgumentException e) { // the default prompt leaves enough room
      throw new TextRejectedException(
          Reason.TOO_MANY_TOKENS,
          "The prompt that the record asks for has too many tokens for chunks: " + e.getMessage(),
          e);
    }
  }

  private static RecordContent ofChunks(Chunking of, RecordContent content, List<Chunk> chunks) {
    String text = content.texts().get(0);
    List<String> texts = new ArrayList<>(chunks.size());
    long bytes = content.bytes() + (chunks.size() - 1) * of.bytesPerChunk();
    for (Chunk chunk : chunks) {
      String part = chunk.of(text);
      texts.add(part);
      bytes += (long) part.length() * Character.BYTES;
    }
    return new RecordContent(texts, content.prompt(), bytes);
  }

  private List<Part> parts(T value, RecordContent content, List<Chunk> chunks) {
    List<Part> parts = new ArrayList<>(chunks.size());
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      TextChunk part =
          new TextChunk(
              i,
              chunks.size(),
              chunk.startChar(),
              chunk.endChar(),
              chunk.headings(),
              chunk.before());
      List<String> text = List.of(content.texts().get(i));
      Fingerprint ofText =
          settings.options().isOff() ? Fingerprint.UNKNOWN : ofTexts(value, text, content.prompt());
      parts.add(new Part(part, ofText, ofMetadataOf(value, part), chunk.tokens()));
    }
    return parts;
  }

  private Fingerprint ofTexts(T value, List<String> texts, @Nullable String prompt) {
    begin(texts.isEmpty() ? null : runtime.promptName(prompt), texts.size());
    for (String text : texts) {
      fingerprinter.addHashOf(text);
    }
    documents.addIdentity(value, fingerprinter);
    return fingerprinter.finish();
  }

  private void begin(@Nullable String promptName, int texts) {
    fingerprinter.add(runtime.modelDigest()).add(documents.settings());
    if (chunking != null) {
      String options = chunking.options().withoutHeadings().toString(); // a text has its own
      fingerprinter.add(options).add(TextSplitter.BOUNDARIES);
    }
    fingerprinter.add(promptName).add(texts);
  }

  /** As of a text or chunk that arrives, if it was written before. */
  Fingerprint ofWritten(T document, WrittenText text) {
    begin(text.promptName(), /* texts= */ 1);
    fingerprinter.addHash(text.contentHash());
    documents.addIdentity(document, fingerprinter);
    return fingerprinter.finish();
  }

  /** Likewise of its metadata; null if its vectors are not to be kept. */
  @Nullable Fingerprint ofWrittenMetadata(T document, WrittenText text) {
    TextChunk chunk = text.chunk();
    return chunk == null ? ofMetadata(document, List.of()) : ofMetadataOf(document, chunk);
  }

  private @Nullable Fingerprint ofMetadata(T value, List<Part> parts) {
    if (settings.options().mode() != ChangeMode.METADATA_ONLY) {
      return null;
    }
    documents.addMetadata(value, fingerprinter);
    for (Part part : parts) {
      add(part.chunk());
    }
    return fingerprinter.finish();
  }

  private @Nullable Fingerprint ofMetadataOf(T value, TextChunk chunk) {
    if (settings.options().mode() != ChangeMode.METADATA_ONLY) {
      return null;
    }
    documents.addMetadata(value, fingerprinter);
    add(chunk);
    return fingerprinter.finish();
  }

  private void add(TextChunk chunk) {
    fingerprinter.add(chunk.index()).add(chunk.count()).add(chunk.startChar()).add(chunk.endChar());
    if (!chunk.headings().isEmpty()) {
      fingerprinter.add(-chunk.headings().size()); // no index is negative
      chunk.headings().forEach(fingerprinter::add);
    }
  }
}
