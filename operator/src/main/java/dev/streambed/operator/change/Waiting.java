package dev.streambed.operator.change;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.operator.stream.RecordContent;
import java.util.ArrayList;
import java.util.List;
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
  private @Nullable List<Embedding> embeddings;
  private @Nullable TextRejectedException rejection;
  private @Nullable Waiting<T> leader;
  private final List<Waiting<T>> followers = new ArrayList<>(0);

  /**
   * A record as it came.
   *
   * @param key of its document
   * @param isDocument as {@link Documents#isDocument}
   * @param isForced as {@link Documents#isForced}
   */
  record Arrived<T>(
      StreamRecord<T> record,
      String key,
      RecordContent content,
      boolean isDocument,
      boolean isForced) {}

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

  boolean isDocument() {
    return arrived.isDocument();
  }

  /** Whether this deletes its document. */
  boolean isDeletion() {
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
        || isDeletion()
        || previous.isDeletion()
        || previous.rejection != null
        || !previous.text.equals(text)) {
      return false;
    }
    Waiting<T> first = previous.leader == null ? previous : previous.leader;
    first.followers.add(this);
    leader = first;
    return true;
  }

  boolean isInModel() {
    return inModel;
  }

  void enterModel() {
    inModel = true;
  }

  void succeed(List<Embedding> result) {
    inModel = false;
    embeddings = result;
  }

  /** Says why it has no vectors; returns those who relied on it, and now need the model. */
  List<Waiting<T>> fail(TextRejectedException reason) {
    inModel = false;
    rejection = reason;
    List<Waiting<T>> left = List.copyOf(followers);
    followers.clear();
    for (Waiting<T> follower : left) {
      follower.leader = null;
    }
    return left;
  }

  /** The answer of the model; null if it was not asked, or is not done. */
  @Nullable List<Embedding> embeddings() {
    return embeddings;
  }

  @Nullable TextRejectedException rejection() {
    return rejection;
  }
}
