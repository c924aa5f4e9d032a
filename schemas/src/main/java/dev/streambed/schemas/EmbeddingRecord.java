package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The embedding of one text.
 *
 * @param key the business identifier of the text; null if it has none
 * @param text the text, for reranking and highlighting; null if the job leaves it out
 * @param embedding the vector: finite components, at least one; shared, not copied
 * @param metadata of the text, with the types of {@link TextRecord#metadata}; sorted by key
 * @param eventTimeMillis of the text, in milliseconds since 1970; may be negative; {@link
 *     TextRecord#NO_EVENT_TIME} if it has none
 */
// An array, because boxing each component would cost five times the memory.
@API(status = API.Status.EXPERIMENTAL)
@SuppressWarnings("ArrayRecordComponent")
public record EmbeddingRecord(
    @Nullable String key,
    @Nullable String text,
    float[] embedding,
    Provenance provenance,
    Map<String, @Nullable Object> metadata,
    long eventTimeMillis) {

  public EmbeddingRecord {
    check(embedding.length >= 1, "embedding", "of length 0", "at least 1 component long");
    for (int i = 0; i < embedding.length; i++) {
      if (!Float.isFinite(embedding[i])) { // makes no message for each component
        check(/* holds= */ false, "embedding component " + i, embedding[i], "finite");
      }
    }
    Checks.checkWellFormed(key, "key");
    Checks.checkWellFormed(text, "text");
    metadata = Metadata.sortedCopy(metadata);
  }

  /** Number of components of the vector. */
  public int dimensions() {
    return embedding.length;
  }

  /**
   * The address of the vector's space, which a record must have to be written.
   *
   * @throws IllegalArgumentException if it has none, being one of version 1
   */
  public String requiredSpace() {
    String space = provenance.space();
    if (space == null) {
      throw new IllegalArgumentException(
          "Cannot write an embedding of %s without the address of its vector space, which records of version 1 lack."
              .formatted(provenance.source()));
    }
    return space;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EmbeddingRecord that
        && Objects.equals(key, that.key)
        && Objects.equals(text, that.text)
        && Arrays.equals(embedding, that.embedding)
        && provenance.equals(that.provenance)
        && metadata.equals(that.metadata)
        && eventTimeMillis == that.eventTimeMillis;
  }

  @Override
  public int hashCode() {
    return 31 * provenance.hashCode() + Arrays.hashCode(embedding);
  }

  /** Leaves out text and vector, so that no log shows them. */
  @Override
  public String toString() {
    return "EmbeddingRecord[" + provenance.source() + ", " + dimensions() + " dimensions]";
  }
}
