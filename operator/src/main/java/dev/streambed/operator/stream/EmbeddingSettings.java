package dev.streambed.operator.stream;

import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.TextEmbedderFactory;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link StreamEmbedder}; travels with the job graph.
 *
 * @param <T> type of the records
 */
@Internal
public record EmbeddingSettings<T>(
    TextEmbedderFactory embedders,
    RecordContent.Extractor<T> extractor,
    BatchingOptions batching,
    Failures<T> failures,
    InFlightLimits limits)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * How records that cannot be embedded are treated.
   *
   * @param tag where they go; null if they fail the job
   * @param passes whether rejected records also pass in their place, without embeddings
   */
  public record Failures<T>(
      MissingText missingText, @Nullable OutputTag<Rejected<T>> tag, boolean passes)
      implements Serializable {
    private static final long serialVersionUID = 1L;
  }
}
