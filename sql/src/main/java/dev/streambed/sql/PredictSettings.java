package dev.streambed.sql;

import dev.streambed.operator.BatchingOptions;
import dev.streambed.operator.TextEmbedderFactory;
import dev.streambed.schemas.VectorEncoding;
import java.io.Serializable;
import java.time.Duration;

/**
 * What a function that embeds needs to know in its task; travels with the job graph.
 *
 * @param encoding of vectors in BYTES
 * @param space address of the first vector's space
 */
record PredictSettings(
    TextEmbedderFactory embedders,
    BatchingOptions batching,
    OutputColumns output,
    VectorEncoding encoding,
    String space,
    Failures failures)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * What is done about failures.
   *
   * @param timeout after which Flink fails the job, and prints the row; 0 for never
   */
  record Failures(OnError onError, OnTruncation onTruncation, Duration timeout)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    Failures(OnError onError, OnTruncation onTruncation) {
      this(onError, onTruncation, Duration.ZERO);
    }

    Failures within(Duration newTimeout) {
      return new Failures(onError, onTruncation, newTimeout);
    }
  }
}
