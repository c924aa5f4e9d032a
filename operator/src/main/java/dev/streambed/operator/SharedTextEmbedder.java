package dev.streambed.operator;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.SharedInstances;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.TokenLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A slot's hold on an embedder that other slots of the process may hold too: terminating it ends
 * the runs of this slot alone.
 */
final class SharedTextEmbedder<K> implements TextEmbedder {
  private final SharedInstances<K, TextEmbedder> instances;
  private final K key;
  private final TextEmbedder embedder;
  private final AtomicBoolean closed = new AtomicBoolean();

  SharedTextEmbedder(
      SharedInstances<K, TextEmbedder> instances, K key, Supplier<TextEmbedder> open) {
    this.instances = instances;
    this.key = key;
    this.embedder = instances.acquire(key, open).lease();
  }

  @Override
  public Device device() {
    return embedder.device();
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
  public TokenIds tokenise(String text, @Nullable String promptName) {
    return embedder.tokenise(text, promptName);
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
