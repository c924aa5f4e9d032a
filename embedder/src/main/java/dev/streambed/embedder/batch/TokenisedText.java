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
  /** Queries before documents, and each by the time of submission. */
  static final Comparator<TokenisedText> OLDEST_FIRST =
      (one, other) ->
          one.lane == other.lane
              ? Long.signum(one.order - other.order) // nanoTime may overflow
              : one.lane.compareTo(other.lane);

  private final Content content;
  private final TokenIds tokens;
  private final long nanoTime;
  private final WorkerFuture<Embedding> first;
  private Lane lane;
  private long order;
  private int nextTwinsCheck = 8;
  private List<WorkerFuture<Embedding>> twins = List.of(); // few texts have any

  TokenisedText(TextRequest request, TokenIds tokens) {
    this.content = request.content();
    this.tokens = tokens;
    this.nanoTime = request.nanoTime();
    this.lane = request.lane();
    this.order = nanoTime;
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

  Lane lane() {
    return lane;
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
    this.lane = other.lane;
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
    } else if (twins.size() >= nextTwinsCheck) { // which takes no time worth counting per twin
      twins.removeIf(WorkerFuture::isDone);
      nextTwinsCheck = Math.max(nextTwinsCheck, 2 * twins.size());
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
