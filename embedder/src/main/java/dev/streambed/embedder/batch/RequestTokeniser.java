package dev.streambed.embedder.batch;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.TextRequest.Content;
import org.jspecify.annotations.Nullable;

/**
 * Tokenises texts, and answers those that cannot be tokenised. Thread-safe: the workers of {@link
 * MicroBatcher}, its owner, share it.
 */
final class RequestTokeniser {
  private final TextEmbedder embedder;
  private final SecondTry secondTry;

  RequestTokeniser(TextEmbedder embedder, SecondTry secondTry) {
    this.embedder = embedder;
    this.secondTry = secondTry;
  }

  /** Returns null if the text needs no vector any more: it was rejected here, or cancelled. */
  @Nullable TokenisedText tokenise(TextRequest request) {
    if (request.result().isDone()) {
      return null;
    }
    try {
      return new TokenisedText(request, tokenise(request.content()));
    } catch (RuntimeException e) {
      request.fail(e);
      return null;
    }
  }

  private TokenIds tokenise(Content content) {
    try {
      return tokeniseOnce(content);
    } catch (TextRejectedException e) {
      throw e;
    } catch (Throwable e) {
      int characters = content.text().length();
      return secondTry.of(
          "%d characters".formatted(characters),
          e,
          () -> tokeniseOnce(content),
          () -> embedder.tokenise(SecondTry.knownGood(characters), null));
    }
  }

  private TokenIds tokeniseOnce(Content content) {
    @Nullable TokenIds tokens = embedder.tokenise(content.text(), content.promptName());
    if (tokens == null) { // from a user's embedder
      throw new InferenceException("The tokeniser returned nothing for a text.");
    }
    return tokens;
  }
}
