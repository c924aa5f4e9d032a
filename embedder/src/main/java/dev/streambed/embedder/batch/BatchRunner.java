package dev.streambed.embedder.batch;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs batches and answers their texts; finds the guilty text of a batch that fails. Thread-safe:
 * the workers of {@link MicroBatcher}, its owner, share it.
 */
final class BatchRunner {
  private final TextEmbedder embedder;
  private final BatchListener listener;
  private final EmbeddingCache cache;
  private final SecondTry secondTry;

  BatchRunner(
      TextEmbedder embedder, BatchListener listener, EmbeddingCache cache, SecondTry secondTry) {
    this.embedder = embedder;
    this.listener = listener;
    this.cache = cache;
    this.secondTry = secondTry;
  }

  /**
   * Runs a batch, and answers each of its texts; if it fails, its halves, until the guilty text is
   * alone.
   */
  void run(List<TokenisedText> batch) {
    List<Embedding> embeddings;
    try {
      secondTry.checkGoesOn();
      embeddings = embed(batch);
    } catch (Throwable e) {
      settle(batch, e);
      return;
    }
    for (int i = 0; i < batch.size(); i++) {
      answer(batch.get(i), embeddings.get(i));
    }
  }

  private void settle(List<TokenisedText> batch, Throwable failure) {
    TokenisedText text = batch.get(0);
    try {
      secondTry.checkGoesOn(failure);
      if (batch.size() > 1) {
        run(batch.subList(0, batch.size() / 2));
        run(batch.subList(batch.size() / 2, batch.size()));
      } else if (failure instanceof TextRejectedException rejection) {
        text.fail(rejection);
      } else {
        answer(text, embedAgain(text, failure));
      }
    } catch (RuntimeException reason) {
      batch.forEach(each -> each.fail(reason)); // those that are answered keep their answers
    }
  }

  private Embedding embedAgain(TokenisedText text, Throwable failure) {
    return secondTry.of(
        "%d tokens".formatted(text.length()),
        failure,
        () -> embed(List.of(text)).get(0),
        () -> embedder.probe(text.length()));
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
    List<Embedding> embeddings = checked(embedder.embed(texts), batch.size());
    long nanos = System.nanoTime() - start;
    listener.embedded(batch.size(), tokens, batch.size() * longest, nanos);
    return embeddings;
  }

  private static List<Embedding> checked(@Nullable List<Embedding> embeddings, int texts) {
    if (embeddings == null || embeddings.size() != texts) {
      throw new InferenceException(
          "The embedder returned %d vectors for a batch of %d texts."
              .formatted(embeddings == null ? 0 : embeddings.size(), texts));
    }
    return List.copyOf(embeddings); // throws if one is missing
  }

  private void answer(TokenisedText text, Embedding embedding) {
    try {
      cache.keep(text.content(), embedding);
      if (text.twins() > 0) {
        listener.reused(text.twins());
      }
      text.complete(embedding);
    } catch (Throwable e) { // no memory for a copy, at most: the other texts are answered
      text.fail(new InferenceException("Cannot hand over the vector of a text.", e));
    }
  }
}
