package dev.streambed.embedder;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apiguardian.api.API;

/**
 * Instances that are expensive to hold twice: opened for the first user, closed when the last has
 * released it. Thread-safe; others wait while an instance is being opened.
 *
 * @param <K> tells instances apart
 * @param <V> an instance; thread-safe, for it is used by many
 */
@API(status = API.Status.INTERNAL)
public final class SharedInstances<K, V extends AutoCloseable> {
  @GuardedBy("this")
  private final Map<K, Counted<V>> instances = new HashMap<>();

  private static final class Counted<V> {
    private final V instance;
    private int users;

    private Counted(V instance) {
      this.instance = instance;
    }
  }

  /**
   * Returns the instance of a key. Each call needs one {@link #release}.
   *
   * @param open opens it, if nobody holds it yet; if it throws, so does this, and nothing is held
   */
  public synchronized V acquire(K key, Supplier<V> open) {
    Counted<V> counted = instances.get(key);
    if (counted == null) {
      counted = new Counted<>(open.get());
      instances.put(key, counted);
    }
    counted.users++;
    return counted.instance;
  }

  /** Gives an acquired instance back, and closes it if nobody else holds it. */
  public synchronized void release(K key) {
    Counted<V> counted = instances.get(key);
    if (counted == null) {
      throw new IllegalStateException("Nothing is held under this key: released too often.");
    }
    counted.users--;
    if (counted.users == 0) {
      instances.remove(key);
      try {
        counted.instance.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("Cannot close a shared instance: " + e.getMessage(), e);
      }
    }
  }

  /** The number of instances that are held now. */
  public synchronized int size() {
    return instances.size();
  }

  /** The number of users that hold the instance of a key now. */
  synchronized int users(K key) {
    Counted<V> counted = instances.get(key);
    return counted == null ? 0 : counted.users;
  }
}
