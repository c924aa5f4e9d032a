package dev.streambed.operator.change;

import dev.streambed.operator.change.written.WrittenTopic;
import dev.streambed.operator.stream.Embedded;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * The meaning of records to the detection of changes; travels with the job graph. Each task uses a
 * copy, in its thread.
 *
 * @param <T> type of the records
 */
@Internal
public interface Documents<T> extends Serializable, AutoCloseable {

  /** Opens the copy of a task; only {@link #key} is also called without. */
  default void open() {}

  /** Closes what {@link #open} opened. */
  @Override
  default void close() {}

  /**
   * The key that the records of a document have in common. Records of one key leave in the order in
   * which they came, and one task has them all.
   */
  String key(T record);

  /**
   * Whether a record replaces the ones before it under its key. One that does not is embedded
   * always, and nothing of it is remembered.
   */
  boolean isDocument(T record);

  /** The record, with what is costly to find out of it and needed more than once. */
  default T prepared(T record) {
    return record;
  }

  /** All that decides vectors, beside model, prompt and texts: another value embeds all anew. */
  String settings();

  /** Adds what makes a record another document's than the last under its key, with equal texts. */
  void addIdentity(T record, Fingerprinter identity);

  /** Adds what is written with the vectors, and worth to be written again if it changes. */
  void addMetadata(T record, Fingerprinter metadata);

  /**
   * Whether a record without text deletes its document. One that does not has a text that cannot be
   * read: it is passed on without vectors, and the steps behind say why.
   */
  default boolean isDeletion(T record) {
    return true;
  }

  /** Whether the record is to be embedded even if nothing changed. */
  boolean isForced(T record);

  /**
   * Whether the steps behind will write an embedded record. One that they refuse is not remembered.
   *
   * @param nowMillis the time, in milliseconds since 1970
   */
  boolean isWritten(Embedded<T> embedded, long nowMillis);

  /** Called in the first task of a job that begins without state, and without {@link #written}. */
  default void beginEmpty() {}

  /** The documents that state is to know before the first record; null if it begins empty. */
  default @Nullable WrittenTopic<T> written() {
    return null;
  }
}
