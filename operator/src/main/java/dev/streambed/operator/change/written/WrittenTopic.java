package dev.streambed.operator.change.written;

import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A topic that has embeddings of documents; travels with the job graph. Each task reads it whole,
 * in its own thread, before the first record comes.
 *
 * @param <T> type of the job's records, here with what identifies a document and what is written
 *     with its vectors
 */
@Internal
public interface WrittenTopic<T> extends Serializable {

  /**
   * Hands over all that was written when the job was started, the records of a document in their
   * order. The same each time, whatever the job has written since.
   *
   * @throws InterruptedException if the task is cancelled
   */
  void read(Receiver<T> receiver) throws Exception;

  /**
   * Takes what is read.
   *
   * @param <T> type of the job's records
   */
  interface Receiver<T> {

    /** Whether it takes anything of a document; if not, nothing has to be decoded. */
    boolean takes(T document);

    /** A text, or a chunk, is in the topic. */
    void written(T document, WrittenText text) throws Exception;

    /**
     * Something of another model, or that nobody can decode, is in the topic.
     *
     * @param chunk null for a whole text
     */
    void other(T document, @Nullable Integer chunk) throws Exception;

    /** A chunk may be in the topic, unless something else is handed over for it. */
    void mayHave(T document, int chunk) throws Exception;

    /** It is not in the topic any more. */
    void deleted(T document, @Nullable Integer chunk) throws Exception;
  }
}
