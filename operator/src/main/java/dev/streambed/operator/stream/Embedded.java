package dev.streambed.operator.stream;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.PublicEvolving;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.jspecify.annotations.Nullable;

/**
 * A record with the embeddings of its texts. Flink serialises it as a POJO.
 *
 * @param <T> type of the record
 * @param input as it came
 * @param embeddings one per text, in their order; empty only if the record has no text, or one that
 *     cannot be embedded, and the builder lets it pass
 * @param prompt name of the prompt that was put before each text; {@value
 *     dev.streambed.embedder.EmbedderOptions#NO_PROMPT} if none was
 * @param model {@linkplain TextEmbedder#modelName name} of the model
 * @param modelDigest {@linkplain TextEmbedder#modelDigest digest} of the model: vectors of equal
 *     digests and lengths compare
 * @param chunk the part of the text that was embedded, or is to be deleted; null for whole texts
 */
@PublicEvolving
public record Embedded<T>(
    T input,
    List<Embedding> embeddings,
    String prompt,
    String model,
    String modelDigest,
    @Nullable TextChunk chunk) {

  /** The embeddings of whole texts. */
  public Embedded(
      T input, List<Embedding> embeddings, String prompt, String model, String modelDigest) {
    this(input, embeddings, prompt, model, modelDigest, /* chunk= */ null);
  }

  /**
   * Its type, for records whose type Flink cannot find out from a class, such as rows.
   *
   * @param input type of the records
   */
  @SuppressWarnings("unchecked") // a class literal has no type arguments
  public static <T> TypeInformation<Embedded<T>> type(TypeInformation<T> input) {
    return Types.POJO(
        (Class<Embedded<T>>) (Class<?>) Embedded.class,
        Map.of(
            "input",
            input,
            "embeddings",
            Types.LIST(TypeInformation.of(Embedding.class)),
            "prompt",
            Types.STRING,
            "model",
            Types.STRING,
            "modelDigest",
            Types.STRING,
            "chunk",
            TypeInformation.of(TextChunk.class)));
  }

  /**
   * False only for a record that {@link MissingText#PASS} or {@link
   * StreamEmbedderBuilder#passFailures} lets pass.
   */
  public boolean isEmbedded() {
    return !embeddings.isEmpty();
  }

  /**
   * The embedding of a record of one text.
   *
   * @throws IllegalStateException if the record has no text, or several
   */
  public Embedding embedding() {
    if (embeddings.size() != 1) {
      throw new IllegalStateException(
          "The record has %d embeddings, not 1. Use isEmbedded() or embeddings()."
              .formatted(embeddings.size()));
    }
    return embeddings.get(0);
  }

  /**
   * The unit vector of a record of one text; owned by the receiver.
   *
   * @throws IllegalStateException if the record has no text, or several
   */
  public float[] vector() {
    return embedding().vector();
  }
}
