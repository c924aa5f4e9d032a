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
  /** By the time of submission, of queries before that of documents. */
  static final Comparator<TokenisedText> OLDEST_FIRST =
      (one, other) -> Long.signum(one.order - other.order); // nanoTime may overflow

  private final Content content;
  private final TokenIds tokens;
  private final long nanoTime;
  private final WorkerFuture<Embedding> first;
  private long order;
  private List<WorkerFuture<Embedding>> twins = List.of(); // few texts have any

  TokenisedText(TextRequest request, TokenIds tokens) {
    this.content = request.content();
    this.tokens = tokens;
    this.nanoTime = request.nanoTime();
    this.order = request.lane().order(nanoTime);
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

  /** Whether it comes before another text. */
  boolean precedes(TokenisedText other) {
    return OLDEST_FIRST.compare(this, other) < 0;
  }

  /** Gives it the place of a text that comes before it. */
  void hasten(TokenisedText other) {
    this.order = other.order;
  }

  /** Whether anybody still waits for it: false once all have cancelled. */
  boolean isWanted() {
    if (!first.isDone()) {
      return true;
    }
    for (WorkerFuture<Embedding> twin : twins) {
      if (!twin.isDone()) {
        return true;
      }
    }
    return false;
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
