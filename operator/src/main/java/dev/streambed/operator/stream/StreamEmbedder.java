package dev.streambed.operator.stream;

import org.apache.flink.annotation.Internal;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Embeds the texts of a stream in a DataStream program:
 *
 * <pre>{@code
 * StreamEmbedder<Article> embedder =
 *     StreamEmbedder.<Article>builder()
 *         .setModelDirectory("/models/nomic")
 *         .setText(Article::body)
 *         .build();
 * DataStream<Embedded<Article>> vectors = embedder.embed(articles);
 * }</pre>
 *
 * <p>The model runs in the task slots and batches across records. Records in flight are in Flink's
 * checkpoints, in streaming mode; after a failure they are embedded again, to the same vectors.
 * Watermarks never overtake a record.
 *
 * @param <T> type of the records, any that Flink can serialise
 */
@PublicEvolving
public final class StreamEmbedder<T> {
  /** The operator's uid until the program sets another: several in a job need uids of their own. */
  @Internal public static final String NAME = "embed";

  private final EmbeddingSettings<T> settings;

  StreamEmbedder(EmbeddingSettings<T> settings) {
    this.settings = settings;
  }

  /** The settings that it was built with. */
  @Internal
  public EmbeddingSettings<T> settings() {
    return settings;
  }

  /** Begins with the defaults. */
  public static <T> StreamEmbedderBuilder<T> builder() {
    return new StreamEmbedderBuilder<>();
  }

  /**
   * Embeds a stream. The operator has the uid and the name {@code embed}; both, its parallelism and
   * its slot sharing group can be set on the returned stream. A job that embeds twice needs two
   * uids.
   *
   * @param input each of its records is embedded once. If it is keyed, the records of a key stay
   *     together and in order; the result is not a keyed stream
   */
  public SingleOutputStreamOperator<Embedded<T>> embed(DataStream<T> input) {
    // Not the input itself: a keyed stream would be sorted by key in batch mode, for state that the
    // operator does not have.
    DataStream<T> records =
        new DataStream<>(input.getExecutionEnvironment(), input.getTransformation());
    return records
        .transform(
            NAME,
            Embedded.type(input.getType()),
            new EmbeddingOperatorFactory<>(input.getExecutionEnvironment().clean(settings)))
        .uid(NAME);
  }
}
