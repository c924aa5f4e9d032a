package dev.streambed.embedder;

import dev.streambed.embedder.TextRequest.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A tokenised text and all who want its vector. Confined to one worker at a time. */
final class TokenisedText {
  private final Content content;
  private final TokenIds tokens;
  private final CompletableFuture<Embedding> first;
  private List<CompletableFuture<Embedding>> twins = List.of(); // few texts have any

  TokenisedText(TextRequest request, TokenIds tokens) {
    this.content = request.content();
    this.tokens = tokens;
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

  /** Texts that got or will get the vector of this one. */
  int twins() {
    return twins.size();
  }

  void addTwin(CompletableFuture<Embedding> result) {
    if (twins.isEmpty()) {
      twins = new ArrayList<>();
    }
    twins.add(result);
  }

  /** Everyone gets a vector of their own. */
  void complete(Embedding embedding) {
    for (CompletableFuture<Embedding> twin : twins) {
      twin.complete(embedding.copy());
    }
    first.complete(embedding);
  }

  void fail(RuntimeException reason) {
    first.completeExceptionally(reason);
    for (CompletableFuture<Embedding> twin : twins) {
      twin.completeExceptionally(reason);
    }
  }
}
