package dev.streambed.operator;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextRejectedException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the results of several texts. It waits for all of them, so that the failure of the same
 * text is reported each time. Thread-safe: the batcher's workers bring the results.
 */
final class TextsResult {
  private final CompletableFuture<List<Embedding>> all = new CompletableFuture<>();
  private final @Nullable Embedding[] embeddings;
  private final @Nullable Throwable[] failures;
  private final AtomicInteger pending; // its last decrement publishes the arrays

  /**
   * @param texts how many, at least 1
   */
  TextsResult(int texts) {
    this.embeddings = new Embedding[texts];
    this.failures = new Throwable[texts];
    this.pending = new AtomicInteger(texts);
  }

  /** Completes with all embeddings in their order, or with a failure. */
  CompletableFuture<List<Embedding>> future() {
    return all;
  }

  /** Takes the result of a text; once for each. */
  void settle(int index, @Nullable Embedding embedding, @Nullable Throwable failure) {
    embeddings[index] = embedding;
    failures[index] = failure;
    if (pending.decrementAndGet() == 0) {
      complete();
    }
  }

  private void complete() {
    Throwable worst = null;
    for (int i = 0; i < failures.length; i++) {
      Throwable failure = failures[i];
      if (failure instanceof TextRejectedException rejection) {
        worst = worst == null ? numbered(i, rejection) : worst;
      } else if (failure != null) {
        worst = failure; // it fails the job, whatever the texts are
        break;
      }
    }
    if (worst == null) {
      all.complete(Collections.unmodifiableList(Arrays.asList(embeddings)));
    } else {
      all.completeExceptionally(worst);
    }
  }

  private TextRejectedException numbered(int index, TextRejectedException rejection) {
    return failures.length == 1
        ? rejection
        : new TextRejectedException(
            rejection.reason(),
            "Text %d of %d: %s".formatted(index + 1, failures.length, rejection.getMessage()),
            rejection);
  }
}
