package dev.streambed.operator.change;

import dev.streambed.operator.EmbeddingRuntime;
import dev.streambed.operator.change.Waiting.Arrived;
import dev.streambed.operator.stream.RecordContent;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds out of records that arrive what change detection compares. Confined to the task thread.
 *
 * @param <T> type of the records
 */
final class Arrivals<T> {
  private final ChangeSettings<T> settings;
  private final Documents<T> documents;
  private final EmbeddingRuntime runtime;
  private final Fingerprinter fingerprinter = new Fingerprinter();

  /**
   * For the records of a task.
   *
   * @param runtime stays the caller's
   */
  Arrivals(ChangeSettings<T> settings, EmbeddingRuntime runtime) {
    this.settings = settings;
    this.documents = settings.documents();
    this.runtime = runtime;
  }

  /** The record, ready to wait for its turn. */
  Waiting<T> of(String key, StreamRecord<T> record) {
    T value = documents.prepared(record.getValue());
    RecordContent content = settings.embedding().extractor().of(value);
    StreamRecord<T> prepared =
        record.hasTimestamp()
            ? new StreamRecord<>(value, record.getTimestamp())
            : new StreamRecord<>(value); // Flink may fill the one it gave again
    return new Waiting<>(
        new Arrived<>(
            prepared, key, content, documents.isDocument(value), documents.isForced(value)),
        ofText(value, content),
        ofMetadata(value, content));
  }

  private Fingerprint ofText(T value, RecordContent content) {
    fingerprinter
        .add(runtime.modelDigest())
        .add(documents.settings())
        .add(content.texts().isEmpty() ? null : runtime.promptName(content.prompt()))
        .add(content.texts().size());
    for (String text : content.texts()) {
      fingerprinter.addHashOf(text);
    }
    documents.addIdentity(value, fingerprinter);
    return fingerprinter.finish();
  }

  private @Nullable Fingerprint ofMetadata(T value, RecordContent content) {
    if (settings.options().mode() != ChangeMode.METADATA_ONLY || content.texts().isEmpty()) {
      return null;
    }
    documents.addMetadata(value, fingerprinter);
    return fingerprinter.finish();
  }
}
