package dev.streambed.embedder.batch;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs batches and answers their texts; finds the guilty text of a batch that fails. Thread-safe:
 * the workers of {@link MicroBatcher}, its owner, share it.
 */
final class BatchRunner {
  private final TextEmbedder embedder;
  private final BatchListener listener;
  private final EmbeddingCache cache;
  private final Supplier<@Nullable RuntimeException> end;
  private final Consumer<RuntimeException> stop;

  /**
   * @param end why nothing is to be run any more; null while there is no reason
   * @param stop called with the reason when the runtime turns out to be broken
   */
  BatchRunner(
      TextEmbedder embedder,
      BatchListener listener,
      EmbeddingCache cache,
      Supplier<@Nullable RuntimeException> end,
      Consumer<RuntimeException> stop) {
    this.embedder = embedder;
    this.listener = listener;
    this.cache = cache;
    this.end = end;
    this.stop = stop;
  }

  /** Runs a batch; if it fails, its halves, until the guilty text is alone. */
  void run(List<TokenisedText> batch) {
    List<Embedding> embeddings;
    try {
      embeddings = embed(batch);
    } catch (RuntimeException e) {
      RuntimeException reason = end.get();
      if (reason != null) {
        batch.forEach(text -> text.fail(reason));
      } else if (batch.size() > 1) {
        run(batch.subList(0, batch.size() / 2));
        run(batch.subList(batch.size() / 2, batch.size()));
      } else {
        TokenisedText text = batch.get(0);
        text.fail(blame("%d tokens".formatted(text.length()), e));
      }
      return;
    } catch (Error e) {
      InferenceException failure = new InferenceException("The runtime failed: " + e, e);
      batch.forEach(text -> text.fail(failure));
      throw e;
    }
    for (int i = 0; i < batch.size(); i++) {
      answer(batch.get(i), embeddings.get(i));
    }
  }

  private List<Embedding> embed(List<TokenisedText> batch) {
    List<TokenIds> texts = new ArrayList<>(batch.size());
    int tokens = 0;
    int longest = 0;
    for (TokenisedText text : batch) {
      texts.add(text.tokens());
      tokens += text.length();
      longest = Math.max(longest, text.length());
    }
    long start = System.nanoTime();
    List<Embedding> embeddings = embedder.embed(texts);
    long nanos = System.nanoTime() - start;
    if (embeddings.size() != batch.size()) {
      throw new InferenceException(
          "The embedder returned %d vectors for a batch of %d texts."
              .formatted(embeddings.size(), batch.size()));
    }
    listener.embedded(batch.size(), tokens, batch.size() * longest, nanos);
    return embeddings;
  }

  private void answer(TokenisedText text, Embedding embedding) {
    cache.keep(text.content(), embedding);
    if (text.twins() > 0) {
      listener.reused(text.twins());
    }
    text.complete(embedding);
  }

  /**
   * Whose fault it is that a text fails alone: the text's only if the runtime still works.
   *
   * @param size of the text, for the message
   * @return what its future fails with
   */
  RuntimeException blame(String size, RuntimeException cause) {
    RuntimeException failure =
        new TextRejectedException(
            TextRejectedException.Reason.INFERENCE_FAILED,
            "The runtime fails on this text (%s) alone.".formatted(size),
            cause);
    try {
      embedder.probe();
    } catch (RuntimeException e) {
      e.addSuppressed(cause);
      failure = new InferenceException("The runtime fails even on a known good text.", e);
      stop.accept(failure);
    }
    RuntimeException reason = end.get();
    return reason == null ? failure : reason;
  }
}
