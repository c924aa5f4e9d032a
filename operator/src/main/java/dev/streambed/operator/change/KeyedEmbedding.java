package dev.streambed.operator.change;

import dev.streambed.embedder.chunk.ChunkingOptions;
import dev.streambed.operator.stream.Embedded;
import dev.streambed.operator.stream.EmbeddingSettings;
import dev.streambed.operator.stream.HandOverOperator;
import dev.streambed.operator.stream.MissingText;
import dev.streambed.operator.stream.StreamEmbedder;
import java.io.Serializable;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.AsyncDataStream.OutputMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.jspecify.annotations.Nullable;

/**
 * Embeds a stream as its {@link StreamEmbedder} says, but keyed by document, and only what changed.
 * A record without text deletes its document.
 *
 * <pre>
 *   records -> hand over -> key by document -> embed
 * </pre>
 */
@Internal
public final class KeyedEmbedding {
  /** The uid of the operator that embeds; the other has that of {@link StreamEmbedder}. */
  private static final String UID = "embed-changes";

  private static final String NAME = "embed";

  private KeyedEmbedding() {}

  /**
   * How the text of a record becomes chunks, each of which is embedded.
   *
   * @param bytesPerChunk heap that the vectors of a chunk take, about
   */
  public record Chunking(ChunkingOptions options, long bytesPerChunk) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Embeds a stream. A job that embedded it without looking for changes can go on from its
   * savepoint with this; the other way, Flink refuses the savepoint.
   *
   * @param embedder lets records without text pass, has an output for failures, and keeps order
   * @param options whose mode is not {@link ChangeMode#OFF}
   */
  public static <T> SingleOutputStreamOperator<Embedded<T>> embed(
      DataStream<T> input,
      StreamEmbedder<T> embedder,
      Documents<T> documents,
      ChangeOptions options) {
    return embed(input, embedder, documents, options, /* chunking= */ null);
  }

  /**
   * As {@link #embed(DataStream, StreamEmbedder, Documents, ChangeOptions)}, with texts split.
   *
   * @param options of any mode if texts are split
   * @param chunking of records with one text; null if texts are not split
   */
  public static <T> SingleOutputStreamOperator<Embedded<T>> embed(
      DataStream<T> input,
      StreamEmbedder<T> embedder,
      Documents<T> documents,
      ChangeOptions options,
      @Nullable Chunking chunking) {
    EmbeddingSettings<T> embedding = embedder.settings();
    if ((options.isOff() && chunking == null)
        || embedding.failures().missingText() != MissingText.PASS
        || embedding.failures().tag() == null
        || embedding.limits().order() != OutputMode.ORDERED) {
      throw new IllegalArgumentException(
          "Changes are found only by a stage that is on, in order, with an output for failures, and where records without text pass.");
    }
    KeySelector<T, String> key = documents::key;
    return input
        .transform("hand over", input.getType(), new HandOverOperator.Factory<>())
        .uid(StreamEmbedder.NAME)
        .keyBy(key, Types.STRING)
        .transform(
            NAME,
            Embedded.type(input.getType()),
            new ChangeOperatorFactory<>(
                input
                    .getExecutionEnvironment()
                    .clean(new ChangeSettings<>(embedding, documents, options, chunking))))
        .uid(UID);
  }
}
