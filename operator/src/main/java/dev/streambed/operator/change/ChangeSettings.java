package dev.streambed.operator.change;

import dev.streambed.operator.stream.EmbeddingSettings;
import java.io.Serializable;

/**
 * The parts of a {@link ChangeOperator}; travels with the job graph.
 *
 * @param <T> type of the records
 */
record ChangeSettings<T>(
    EmbeddingSettings<T> embedding, Documents<T> documents, ChangeOptions options)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
