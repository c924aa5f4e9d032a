package dev.streambed.embedder;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lease of an embedder that cannot end single runs: when it is terminated, a run that has begun
 * goes on to its end, and no other begins. Thread-safe.
 */
final class LeasedTextEmbedder implements TextEmbedder {
  private final TextEmbedder embedder;
  private volatile boolean terminated;

  LeasedTextEmbedder(TextEmbedder embedder) {
    this.embedder = embedder;
  }

  @Override
  public Device device() {
    return embedder.device();
  }

  @Override
  public boolean hasSignedWeights() {
    return embedder.hasSignedWeights();
  }

  @Override
  public TokenLayout layout() {
    return embedder.layout();
  }

  @Override
  public String modelDigest() {
    return embedder.modelDigest();
  }

  @Override
  public String modelName() {
    return embedder.modelName();
  }

  @Override
  public String promptName(@Nullable String promptName) {
    return embedder.promptName(promptName);
  }

  @Override
  public TokenIds tokenise(String text, @Nullable String promptName) {
    return embedder.tokenise(text, promptName);
  }

  @Override
  public TokenCounter tokenCounter(@Nullable String promptName) {
    return embedder.tokenCounter(promptName);
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    checkNotTerminated();
    return embedder.embed(batch);
  }

  @Override
  public void probe() {
    checkNotTerminated();
    embedder.probe();
  }

  @Override
  public void probe(int tokens) {
    checkNotTerminated();
    embedder.probe(tokens);
  }

  @Override
  public void terminate() {
    terminated = true;
  }

  @Override
  public void close() {
    terminate();
  }

  private void checkNotTerminated() {
    if (terminated) {
      throw new InferenceException("Cannot run: the embedder was terminated or closed.");
    }
  }
}
