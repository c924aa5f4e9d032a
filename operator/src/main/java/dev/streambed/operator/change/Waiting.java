package dev.streambed.operator.change;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import dev.streambed.operator.stream.RecordContent;
import dev.streambed.operator.stream.TextChunk;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record in flight. Confined to the task thread.
 *
 * @param <T> type of the record
 */
final class Waiting<T> {
  private final Arrived<T> arrived;
  private final Fingerprint text;
  private final @Nullable Fingerprint metadata;

  private boolean firstOfItsKey;
  private @Nullable LastWritten known;
  private boolean inModel;
  private boolean answered;
  private final @Nullable Embedding[] embeddings;
  private @Nullable TextRejectedException rejection;
  private @Nullable Waiting<T> leader;
  private final List<Waiting<T>> followers = new ArrayList<>(0);

  /**
   * A record as it came.
   *
   * @param key of its document
   * @param isDocument as {@link Documents#isDocument}
   * @param isForced as {@link Documents#isForced}
   * @param parts the chunks of its text; empty if it is not split
   */
  record Arrived<T>(
      StreamRecord<T> record,
      String key,
      RecordContent content,
      boolean isDocument,
      boolean isForced,
      List<Part> parts) {}

  /**
   * A chunk of a document.
   *
   * @param text of its text, and of all else that decides its vectors
   * @param metadata of what is written with them; null if its vectors are not to be kept
   * @param tokens with prompt and special tokens
   */
  record Part(TextChunk chunk, Fingerprint text, @Nullable Fingerprint metadata, int tokens) {}

  /**
   * A record that has just come.
   *
   * @param text of its texts, and of all else that decides their vectors
   * @param metadata null if its vectors are not to be kept
   */
  Waiting(Arrived<T> arrived, Fingerprint text, @Nullable Fingerprint metadata) {
    this.arrived = arrived;
    this.text = text;
    this.metadata = metadata;
    this.embeddings = new Embedding[arrived.content().texts().size()];
  }

  StreamRecord<T> record() {
    return arrived.record();
  }

  String key() {
    return arrived.key();
  }

  RecordContent content() {
    return arrived.content();
  }

  /** The chunks of its text; empty if it is not split. */
  List<Part> parts() {
    return arrived.parts();
  }

  boolean isForced() {
    return arrived.isForced();
  }

  boolean isDocument() {
    return arrived.isDocument();
  }

  /** Whether there is nothing to embed. */
  boolean hasNoText() {
    return arrived.content().texts().isEmpty();
  }

  Fingerprint text() {
    return text;
  }

  @Nullable Fingerprint metadata() {
    return metadata;
  }

  /** No record of its key is in flight, so what state says now will be true when this leaves. */
  void becomeFirstOfItsKey(@Nullable LastWritten written) {
    firstOfItsKey = true;
    known = written;
  }

  boolean isFirstOfItsKey() {
    return firstOfItsKey;
  }

  /** The document as it was before the first record of its key in flight. */
  @Nullable LastWritten known() {
    return known;
  }

  /** Whether a document that was written so needs no inference to be as this record says. */
  boolean isKnownAs(@Nullable LastWritten written) {
    return written != null
        && arrived.isDocument()
        && !arrived.isForced()
        && written.text().equals(text)
        && (metadata == null || written.content() != null);
  }

  /**
   * Whether this says what the record before it under its key says, so that one inference will do
   * for both, unless it is rejected; if so, this follows it.
   */
  boolean follows(Waiting<T> previous) {
    if (!arrived.isDocument()
        || arrived.isForced()
        || hasNoText()
        || previous.hasNoText()
        || previous.rejection != null
        || !previous.text.equals(text)) {
      return false;
    }
    Waiting<T> first = previous.leader == null ? previous : previous.leader;
    first.followers.add(this);
    leader = first;
    return true;
  }

  int[] allTexts() {
    return IntStream.range(0, arrived.content().texts().size()).toArray();
  }

  /** The texts that the record before it does not have vectors for, if it is written. */
  int[] textsOtherThanOf(Waiting<T> previous) {
    List<Part> before = previous.parts();
    return textsWithout(
        part -> {
          if (metadata != null) { // state keeps all vectors, so that a chunk may move
            return before.stream().anyMatch(each -> each.text().equals(part.text()));
          }
          int index = part.chunk().index();
          return index < before.size() && before.get(index).text().equals(part.text());
        });
  }

  /** Likewise of what is written, if this is the first of its key. */
  int[] textsOtherThan(WrittenChunks written) {
    if (metadata == null) {
      return textsWithout(written::hasText);
    }
    return known == null || known.content() == null
        ? allTexts()
        : textsWithout(part -> written.indexOfText(part) >= 0);
  }

  private int[] textsWithout(Predicate<Part> isKnown) {
    return parts().isEmpty() || isForced()
        ? allTexts()
        : parts().stream()
            .filter(part -> !isKnown.test(part))
            .mapToInt(part -> part.chunk().index())
            .toArray();
  }

  boolean isInModel() {
    return inModel;
  }

  void enterModel() {
    inModel = true;
  }

  /** Takes the embeddings of some of its texts; whether these are the first. */
  boolean succeed(int[] texts, List<Embedding> result) {
    boolean isFirst = !answered;
    inModel = false;
    answered = true;
    for (int i = 0; i < texts.length; i++) {
      embeddings[texts[i]] = result.get(i);
    }
    return isFirst;
  }

  /** Says why it has no vectors; returns those who relied on it, and now need the model. */
  List<Waiting<T>> fail(TextRejectedException reason) {
    inModel = false;
    rejection = reason;
    return release();
  }

  /**
   * Its fate is decided, and nothing refers to it any more: those who relied on it look into the
   * state when their turn comes.
   */
  void leave() {
    var unused = release();
  }

  private List<Waiting<T>> release() {
    List<Waiting<T>> left = List.copyOf(followers);
    followers.clear();
    for (Waiting<T> follower : left) {
      follower.leader = null;
    }
    return left;
  }

  /** The answer of the model for a text; null if it was not asked, or is not done. */
  @Nullable Embedding embedding(int text) {
    return embeddings[text];
  }

  @Nullable TextRejectedException rejection() {
    return rejection;
  }
}
