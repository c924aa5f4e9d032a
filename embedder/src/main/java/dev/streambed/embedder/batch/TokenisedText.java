package dev.streambed.embedder.batch;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.TextRequest.Content;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A tokenised text and everyone who wants its vector. Confined to one worker, or to the {@link
 * TextPool}, at a time.
 */
final class TokenisedText {
  /** By the time of submission. */
  static final Comparator<TokenisedText> OLDEST_FIRST =
      (one, other) -> Long.signum(one.nanoTime - other.nanoTime); // nanoTime may overflow

  private final Content content;
  private final TokenIds tokens;
  private final long nanoTime;
  private final WorkerFuture<Embedding> first;
  private List<WorkerFuture<Embedding>> twins = List.of(); // few texts have any

  TokenisedText(TextRequest request, TokenIds tokens) {
    this.content = request.content();
    this.tokens = tokens;
    this.nanoTime = request.nanoTime();
    this.first = request.result();
  }

  Content content() {
    return content;
  }

  TokenIds tokens() {
    return tokens;
  }

  int length() {
    return tokens.length();
  }

  /** When it was submitted, as {@link System#nanoTime}. */
  long nanoTime() {
    return nanoTime;
  }

  /** Texts that got or will get the vector of this one. */
  int twins() {
    return twins.size();
  }

  /** Adds an equal text that has no twins. */
  void addTwin(TokenisedText twin) {
    if (twins.isEmpty()) {
      twins = new ArrayList<>();
    }
    twins.add(twin.first);
  }

  /** Everyone gets a vector of their own. */
  void complete(Embedding embedding) {
    for (WorkerFuture<Embedding> twin : twins) {
      twin.answer(embedding.copy());
    }
    first.answer(embedding);
  }

  void fail(RuntimeException reason) {
    first.fail(reason);
    for (WorkerFuture<Embedding> twin : twins) {
      twin.fail(reason);
    }
  }
}
