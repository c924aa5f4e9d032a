package dev.streambed.operator.change;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.operator.EmbeddingRuntime;
import dev.streambed.operator.change.ChangeOptions.UnchangedChunks;
import dev.streambed.operator.change.LastWritten.Content;
import dev.streambed.operator.change.Waiting.Part;
import dev.streambed.operator.change.WrittenChunks.Said;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.Rejected;
import dev.streambed.operator.stream.TextChunk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Decides what leaves of a record whose turn it is, from what was written before it, and remembers
 * it. All chunks of a document leave together, in their order, then the deletions of those that it
 * does not have any more. Confined to the task thread.
 *
 * @param output of the operator
 * @param runtime stays the caller's
 */
record DocumentWriter<T>(
    ChangeSettings<T> settings,
    ChangeState<T> state,
    Output<StreamRecord<Embedded<T>>> output,
    EmbeddingRuntime runtime,
    ChangeMetrics counts) {
  private static final int[] NO_TEXTS = {};

  /**
   * Emits what becomes of a record, which may be nothing; or nothing yet if that takes the model.
   *
   * @return the texts that the model must embed first; none if the record is done
   */
  int[] emit(Waiting<T> record, long nowMillis) throws Exception {
    TextRejectedException rejection = record.rejection();
    if (record.hasNoText()) {
      if (settings.documents().isDeletion(record.record().getValue())) {
        delete(record);
      } else {
        passUnread(record);
      }
      return NO_TEXTS;
    }
    if (rejection != null) {
      reject(record, rejection);
      return NO_TEXTS;
    }
    LastWritten written = null;
    if (record.isDocument()) {
      written = record.isFirstOfItsKey() ? record.known() : written(record.key());
    }
    if (written != null && record.isKnownAs(written) && !hasOtherMetadata(record, written)) {
      counts.skipped(written);
      return NO_TEXTS;
    }
    return record.parts().isEmpty()
        ? write(record, written, nowMillis)
        : writeChunks(record, written, nowMillis);
  }

  /** The document as it was last written, if it matters. */
  @Nullable LastWritten written(String key) throws Exception {
    return settings.options().isOff() ? null : state.written(key);
  }

  private static boolean hasOtherMetadata(Waiting<?> record, LastWritten written) {
    Content content = written.content();
    return record.metadata() != null
        && content != null
        && !content.metadata().equals(record.metadata());
  }

  private int[] write(Waiting<T> record, @Nullable LastWritten written, long nowMillis)
      throws Exception {
    List<Embedding> embeddings;
    if (written != null && record.isKnownAs(written)) {
      counts.reEmitted(written);
      embeddings = Objects.requireNonNull(written.content()).embeddings();
    } else {
      int[] missing =
          IntStream.range(0, record.content().texts().size())
              .filter(text -> record.embedding(text) == null)
              .toArray();
      if (missing.length > 0) {
        return missing;
      }
      embeddings = embeddings(record);
    }
    Embedded<T> embedded = embedded(record, embeddings, /* chunk= */ null);
    emit(record, embedded);
    if (record.isDocument() && settings.documents().isWritten(embedded, nowMillis)) {
      state.write(record.key(), LastWritten.of(record.text(), record.metadata(), embeddings));
      deleteAllChunks(record); // of a job that split texts
    } else {
      forget(record);
    }
    return NO_TEXTS;
  }

  private static List<Embedding> embeddings(Waiting<?> record) {
    List<Embedding> embeddings = new ArrayList<>();
    for (int text = 0; text < record.content().texts().size(); text++) {
      embeddings.add(Objects.requireNonNull(record.embedding(text)));
    }
    return embeddings;
  }

  private int[] writeChunks(Waiting<T> record, @Nullable LastWritten written, long nowMillis)
      throws Exception {
    WrittenChunks former = chunks(record);
    List<Part> parts = record.parts();
    @Nullable Embedding[] vectors = new Embedding[parts.size()];
    boolean[] stays = new boolean[parts.size()];
    boolean writesAll = writesAll(parts, former);
    int[] missing = new int[parts.size()];
    int count = 0;
    for (int i = 0; i < vectors.length; i++) {
      stays[i] = !writesAll && !record.isForced() && former.says(parts.get(i));
      vectors[i] = vector(record, parts.get(i), former, written);
      boolean isNeeded = !stays[i] || record.metadata() != null; // state keeps all of them
      if (vectors[i] == null && isNeeded) {
        missing[count++] = i;
      }
    }
    if (count > 0) {
      return Arrays.copyOf(missing, count);
    }
    boolean isKnown = record.isKnownAs(written);
    if (written != null && isKnown) {
      counts.reEmitted(written);
    }
    List<Said> said = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      Part part = parts.get(i);
      boolean isTaken =
          stays[i] || emit(record, part, Objects.requireNonNull(vectors[i]), nowMillis);
      said.add(isTaken ? new Said(part.text(), part.metadata()) : Said.UNKNOWN);
      if (!isKnown && record.embedding(i) == null) {
        counts.saved(part.tokens());
      }
    }
    deleteChunks(record, vectors.length, former.count());
    remember(record, said, vectors);
    return NO_TEXTS;
  }

  /** Whether each chunk is written because another is, or one is left over. */
  private boolean writesAll(List<Part> parts, WrittenChunks former) {
    return settings.options().unchangedChunks() == UnchangedChunks.WRITE
        && (former.count() != parts.size() || !parts.stream().allMatch(former::says));
  }

  /** False if the steps behind may refuse it. */
  private boolean emit(Waiting<T> record, Part part, Embedding vector, long nowMillis) {
    Embedded<T> embedded = embedded(record, List.of(vector), part.chunk());
    emit(record, embedded);
    return settings.options().isOff() || settings.documents().isWritten(embedded, nowMillis);
  }

  /** The vectors of a chunk, of this record or one before it; null if there are none. */
  private static @Nullable Embedding vector(
      Waiting<?> record, Part part, WrittenChunks former, @Nullable LastWritten written) {
    Embedding own = record.embedding(part.chunk().index());
    Content content = written == null ? null : written.content();
    if (own != null || content == null || record.isForced()) {
      return own;
    }
    int index = former.indexOfText(part);
    return index >= 0 && index < content.embeddings().size()
        ? content.embeddings().get(index)
        : null;
  }

  private void remember(Waiting<T> record, List<Said> said, @Nullable Embedding[] vectors)
      throws Exception {
    if (!record.isDocument()) {
      return;
    }
    String key = record.key();
    if (settings.options().isOff()) {
      state.forget(key); // of another mode
      state.write(key, new WrittenChunks(said.size(), List.of()));
      return;
    }
    state.write(key, new WrittenChunks(said.size(), said));
    if (said.contains(Said.UNKNOWN)) {
      state.forget(key);
      return;
    }
    int tokens = 0;
    for (Part part : record.parts()) {
      tokens += part.tokens();
    }
    List<Embedding> kept = new ArrayList<>();
    if (record.metadata() != null) {
      for (Embedding vector : vectors) {
        kept.add(Objects.requireNonNull(vector));
      }
    }
    Content content = record.metadata() == null ? null : new Content(record.metadata(), kept);
    state.write(key, new LastWritten(record.text(), tokens, content));
  }

  private WrittenChunks chunks(Waiting<T> record) throws Exception {
    return record.isDocument() ? state.chunks(record.key()) : WrittenChunks.NONE;
  }

  private void reject(Waiting<T> record, TextRejectedException rejection) throws Exception {
    output.collect(
        Objects.requireNonNull(settings.embedding().failures().tag()),
        at(
            record,
            new Rejected<>(
                record.record().getValue(),
                rejection.reason(),
                String.valueOf(rejection.getMessage()))));
    if (settings.embedding().failures().passes()) { // the steps behind delete it
      delete(record);
    }
  }

  private void delete(Waiting<T> record) throws Exception {
    forget(record);
    if (settings.chunking() == null) {
      emit(record, embedded(record, List.of(), /* chunk= */ null));
    }
    deleteAllChunks(record);
  }

  /** What was written stays, unless the steps behind delete it as that of a rejected record. */
  private void passUnread(Waiting<T> record) throws Exception {
    emit(record, embedded(record, List.of(), /* chunk= */ null));
    if (settings.embedding().failures().passes()) {
      forget(record);
      deleteAllChunks(record);
    }
  }

  private void deleteAllChunks(Waiting<T> record) throws Exception {
    int count = chunks(record).count();
    if (count > 0) {
      deleteChunks(record, 0, count);
      state.write(record.key(), WrittenChunks.NONE);
    }
  }

  private void deleteChunks(Waiting<T> record, int from, int count) {
    for (int i = from; i < count; i++) {
      emit(record, embedded(record, List.of(), TextChunk.deleted(i, count)));
    }
  }

  private void forget(Waiting<T> record) throws Exception {
    if (record.isDocument()) {
      state.forget(record.key());
    }
  }

  private Embedded<T> embedded(
      Waiting<T> record, List<Embedding> embeddings, @Nullable TextChunk chunk) {
    return new Embedded<>(
        record.record().getValue(),
        embeddings,
        runtime.promptName(record.content().prompt()),
        runtime.modelName(),
        runtime.modelDigest(),
        chunk);
  }

  private void emit(Waiting<T> record, Embedded<T> embedded) {
    output.collect(at(record, embedded));
  }

  private static <R> StreamRecord<R> at(Waiting<?> record, R result) {
    return record.record().hasTimestamp()
        ? new StreamRecord<>(result, record.record().getTimestamp())
        : new StreamRecord<>(result);
  }
}
