package dev.streambed.operator;

import dev.streambed.embedder.ForwardingTextEmbedder;
import dev.streambed.embedder.SharedInstances;
import dev.streambed.embedder.TextEmbedder;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A slot's embedder by means of something that other slots of the process may hold too, such as a
 * session: terminating it ends the runs of this slot alone.
 */
final class SharedTextEmbedder<K, S extends AutoCloseable> extends ForwardingTextEmbedder {
  private final SharedInstances<K, S> instances;
  private final K key;
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
    super(leased(instances, key, open, lease));
    this.instances = instances;
    this.key = key;
  }

  private static <K, S extends AutoCloseable> TextEmbedder leased(
      SharedInstances<K, S> instances,
      K key,
      Supplier<S> open,
      Function<? super S, ? extends TextEmbedder> lease) {
    S shared = instances.acquire(key, open);
    try {
      return lease.apply(shared);
    } catch (RuntimeException | Error e) {
      instances.release(key);
      throw e;
    }
  }

  @Override
  public TextEmbedder lease() {
    return embedder().lease();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      embedder().close();
      instances.release(key);
    }
  }
}
