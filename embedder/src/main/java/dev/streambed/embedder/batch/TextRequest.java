package dev.streambed.embedder.batch;

import dev.streambed.embedder.Embedding;
import org.jspecify.annotations.Nullable;

/**
 * A text that somebody waits for.
 *
 * @param nanoTime when it was submitted
 */
record TextRequest(Content content, long nanoTime, WorkerFuture<Embedding> result) {
  /**
   * Everything that a vector depends on, for a given embedder: equal contents have equal vectors.
   */
  record Content(String text, @Nullable String promptName) {}

  void fail(RuntimeException reason) {
    result.fail(reason);
  }
}
