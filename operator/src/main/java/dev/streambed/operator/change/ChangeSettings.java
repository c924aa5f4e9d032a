package dev.streambed.operator.change;

import dev.streambed.operator.change.KeyedEmbedding.Chunking;
import dev.streambed.operator.stream.EmbeddingSettings;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * The parts of a {@link ChangeOperator}; travels with the job graph.
 *
 * @param chunking how texts are split; null if they are not
 */
record ChangeSettings<T>(
    EmbeddingSettings<T> embedding,
    Documents<T> documents,
    ChangeOptions options,
    @Nullable Chunking chunking)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
