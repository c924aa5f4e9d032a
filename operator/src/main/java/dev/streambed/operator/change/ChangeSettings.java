package dev.streambed.operator.change;

import dev.streambed.operator.stream.EmbeddingSettings;
import java.io.Serializable;

/**
 * What a {@link ChangeOperator} is made of; travels with the job graph.
 *
 * @param <T> type of the records
 */
record ChangeSettings<T>(
    EmbeddingSettings<T> embedding, Documents<T> documents, ChangeOptions options)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
