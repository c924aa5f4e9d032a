package dev.streambed.schemas;

import static dev.streambed.schemas.Checks.check;
import static dev.streambed.schemas.Checks.checkVector;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The embedding of one text, or of a chunk of one.
 *
 * @param key the business identifier of the text, which its chunks share; null if it has none
 * @param text the text, or the chunk, for reranking and highlighting; null if the job leaves it out
 * @param embedding the vector: finite components, at least one; shared, not copied
 * @param others vectors of other lengths, which the same inference gave; the longest first, and no
 *     two equally long
 * @param metadata of the text, with the types of {@link TextRecord#metadata}; sorted by key
 * @param eventTimeMillis of the text, in milliseconds since 1970; may be negative; {@link
 *     TextRecord#NO_EVENT_TIME} if it has none
 * @param chunk the part of the text that was embedded; null for the whole text
 */
// An array, because boxing each component would cost five times the memory.
@API(status = API.Status.EXPERIMENTAL)
@SuppressWarnings("ArrayRecordComponent")
public record EmbeddingRecord(
    @Nullable String key,
    @Nullable String text,
    float[] embedding,
    List<OtherVector> others,
    Provenance provenance,
    Map<String, @Nullable Object> metadata,
    long eventTimeMillis,
    @Nullable ChunkOfText chunk) {

  /**
   * The part of its document that an embedding is of.
   *
   * @param index among the chunks of the document, from 0
   * @param count of the chunks that the document had when this one was written
   * @param startChar its first character in the document's text, in UTF-16 units as {@link
   *     String#substring} counts them
   * @param endChar behind its last character
   */
  public record ChunkOfText(int index, int count, int startChar, int endChar) {
    /** Name in the metadata of the headings above a chunk: a list of texts, the topmost first. */
    public static final String HEADINGS = "headings";

    public ChunkOfText {
      check(index >= 0, "index of a chunk", index, "at least 0");
      check(index < count, "index of a chunk", index, "below the count");
      check(startChar >= 0, "startChar", startChar, "at least 0");
      check(endChar >= startChar, "endChar", endChar, "at least startChar");
    }

    /** The key of a chunk, of the key of its document. */
    public static String key(String document, int index) {
      return document + "#" + index;
    }
  }

  public EmbeddingRecord {
    checkVector("embedding", embedding);
    others = longestFirst(others);
    checkLengths(embedding, others);
    Checks.checkWellFormed(key, "key");
    Checks.checkWellFormed(text, "text");
    metadata = Metadata.sortedCopy(metadata);
  }

  /** An embedding of a whole text. */
  public EmbeddingRecord(
      @Nullable String key,
      @Nullable String text,
      float[] embedding,
      List<OtherVector> others,
      Provenance provenance,
      Map<String, @Nullable Object> metadata,
      long eventTimeMillis) {
    this(key, text, embedding, others, provenance, metadata, eventTimeMillis, /* chunk= */ null);
  }

  /** An embedding of one length. */
  public EmbeddingRecord(
      @Nullable String key,
      @Nullable String text,
      float[] embedding,
      Provenance provenance,
      Map<String, @Nullable Object> metadata,
      long eventTimeMillis) {
    this(key, text, embedding, List.of(), provenance, metadata, eventTimeMillis);
  }

  private static List<OtherVector> longestFirst(List<OtherVector> vectors) {
    if (vectors.size() < 2) {
      return List.copyOf(vectors);
    }
    List<OtherVector> sorted = new ArrayList<>(vectors);
    sorted.sort(Comparator.comparingInt(OtherVector::dimensions).reversed());
    return List.copyOf(sorted);
  }

  private static void checkLengths(float[] embedding, List<OtherVector> others) {
    int longer = 0;
    for (OtherVector other : others) {
      int length = other.dimensions();
      boolean isAlone = length != longer && length != embedding.length;
      check(isAlone, "dimensions of another embedding", length, "another length");
      longer = length;
    }
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
        && others.equals(that.others)
        && provenance.equals(that.provenance)
        && metadata.equals(that.metadata)
        && eventTimeMillis == that.eventTimeMillis
        && Objects.equals(chunk, that.chunk);
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
