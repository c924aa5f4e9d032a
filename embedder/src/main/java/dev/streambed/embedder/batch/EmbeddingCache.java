package dev.streambed.embedder.batch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.TextRequest.Content;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of texts that came before, within a limit of memory; the least used go first. Keeps
 * the texts and compares them whole, so that no text gets another's vector. Thread-safe.
 */
final class EmbeddingCache {
  // Objects of an entry beside characters and components, with Caffeine's own: from JOL's layouts
  // of a 64-bit JVM, rounded up.
  private static final long ENTRY_BYTES = 256;

  /** Beside its components, each vector more: its header, and its place in a list. */
  private static final long VECTOR_BYTES = 24;

  private final @Nullable Cache<Content, Embedding> entries;

  /**
   * @param maxBytes most memory, about; 0 to keep nothing
   */
  EmbeddingCache(long maxBytes) {
    this.entries =
        maxBytes == 0
            ? null
            : Caffeine.newBuilder()
                .executor(Runnable::run) // not the common pool, where it would be by default
                .maximumWeight(maxBytes)
                .weigher(EmbeddingCache::bytes)
                .build();
  }

  /** The vector of an equal text, copied for the caller; null if there is none. */
  @Nullable Embedding find(Content content) {
    if (entries == null) {
      return null;
    }
    Embedding kept = entries.getIfPresent(content);
    return kept == null ? null : kept.copy();
  }

  /** Keeps a copy. */
  void keep(Content content, Embedding embedding) {
    if (entries != null) {
      entries.put(content, embedding.copy());
    }
  }

  private static int bytes(Content content, Embedding embedding) {
    String prompt = content.promptName();
    long characters = (long) content.text().length() + (prompt == null ? 0 : prompt.length());
    long components = embedding.vector().length;
    for (float[] other : embedding.others()) {
      components += other.length + VECTOR_BYTES / Float.BYTES;
    }
    long bytes = characters * Character.BYTES + components * Float.BYTES + ENTRY_BYTES;
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }
}
