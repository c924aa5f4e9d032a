package dev.streambed.embedder.onnx;

import dev.streambed.embedder.model.ModelDescription;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.SpecialTokensInText;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The tokeniser of a model, which a thread of its own loads while another loads the graph: with a
 * large vocabulary and a large model, both take seconds. Who waits for it owns it.
 */
final class LoadingTokenizer {
  private final CompletableFuture<TextTokenizer> tokenizer;

  private LoadingTokenizer(CompletableFuture<TextTokenizer> tokenizer) {
    this.tokenizer = tokenizer;
  }

  static LoadingTokenizer start(ModelDirectory model) {
    ModelDescription description = model.description();
    SpecialTokensInText inText = description.specialTokensInText();
    return new LoadingTokenizer(
        CompletableFuture.supplyAsync(
            () ->
                TextTokenizer.open(
                    model.tokenizerFile(),
                    description.maxTokens(),
                    inText == null ? SpecialTokensInText.TEXT : inText),
            loading -> new Thread(loading, "streambed-load-tokenizer").start()));
  }

  /**
   * Waits for it.
   *
   * @throws dev.streambed.embedder.InvalidModelException if it cannot be loaded
   */
  TextTokenizer await() {
    try {
      return tokenizer.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Waits for it, to close it; null if it cannot be loaded. */
  @Nullable TextTokenizer awaitIfItLoads() {
    return tokenizer.exceptionally(unused -> null).join();
  }
}
