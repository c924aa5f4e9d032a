package dev.streambed.embedder;

import java.util.List;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * An embedder that hands all to another one, but for what a subclass does itself: closing, as only
 * it knows who owns the other one, and {@link #lease}, which by default is a lease of this one. As
 * thread-safe as the other one.
 */
@API(status = API.Status.INTERNAL)
public abstract class ForwardingTextEmbedder implements TextEmbedder {
  private final TextEmbedder embedder;

  protected ForwardingTextEmbedder(TextEmbedder embedder) {
    this.embedder = embedder;
  }

  /** The one that does the work. */
  protected final TextEmbedder embedder() {
    return embedder;
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
    return embedder.embed(batch);
  }

  @Override
  public void probe() {
    embedder.probe();
  }

  @Override
  public void probe(int tokens) {
    embedder.probe(tokens);
  }

  @Override
  public void terminate() {
    embedder.terminate();
  }
}
