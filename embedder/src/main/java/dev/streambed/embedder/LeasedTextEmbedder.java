package dev.streambed.embedder;

import java.util.List;

/**
 * A lease of an embedder that cannot end single runs: when it is terminated, a run that has begun
 * goes on to its end, and no other begins. Thread-safe.
 */
final class LeasedTextEmbedder extends ForwardingTextEmbedder {
  private volatile boolean terminated;

  LeasedTextEmbedder(TextEmbedder embedder) {
    super(embedder);
  }

  @Override
  public List<Embedding> embed(List<TokenIds> batch) {
    checkNotTerminated();
    return super.embed(batch);
  }

  @Override
  public void probe() {
    checkNotTerminated();
    super.probe();
  }

  @Override
  public void probe(int tokens) {
    checkNotTerminated();
    super.probe(tokens);
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
