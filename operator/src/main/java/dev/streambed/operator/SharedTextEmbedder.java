package dev.streambed.operator;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.SharedInstances;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A slot's embedder by means of something that other slots of the process may hold too, such as a
 * session: terminating it ends the runs of this slot alone.
 */
final class SharedTextEmbedder<K, S extends AutoCloseable> implements TextEmbedder {
  private final SharedInstances<K, S> instances;
  private final K key;
  private final TextEmbedder embedder;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Takes hold of what is shared under a key.
   *
   * @param open opens it, if nobody holds it yet
   * @param lease makes this slot's embedder of it
   */
  SharedTextEmbedder(
      SharedInstances<K, S> instances,
      K key,
      Supplier<S> open,
      Function<? super S, ? extends TextEmbedder> lease) {
    this.instances = instances;
    this.key = key;
    S shared = instances.acquire(key, open);
    try {
      this.embedder = lease.apply(shared);
    } catch (RuntimeException | Error e) {
      instances.release(key);
      throw e;
    }
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

  @Override
  public TextEmbedder lease() {
    return embedder.lease();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      embedder.close();
      instances.release(key);
    }
  }
}
