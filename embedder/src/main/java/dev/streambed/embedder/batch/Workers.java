package dev.streambed.embedder.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a {@link MicroBatcher}, its owner, and the rules for callbacks that run on them.
 * Thread-safe once started.
 */
@API(status = API.Status.EXPERIMENTAL)
public final class Workers {
  /** The workers that the current thread belongs to, of whichever batcher. */
  private static final ThreadLocal<@Nullable Workers> CURRENT = new ThreadLocal<>();

  private final List<Thread> threads = new ArrayList<>();

  /**
   * Makes and starts the threads; once.
   *
   * @param work makes the work of each
   * @throws IllegalArgumentException if the factory makes no thread; some may have started then
   */
  void start(int count, ThreadFactory factory, Supplier<Runnable> work) {
    for (int i = 0; i < count; i++) {
      Runnable mine = work.get();
      Thread thread = factory.newThread(() -> run(mine));
      if (thread == null) {
        throw new IllegalArgumentException("The thread factory made no thread for a worker.");
      }
      thread.start();
      threads.add(thread);
    }
  }

  private void run(Runnable work) {
    CURRENT.set(this);
    try {
      work.run();
    } finally {
      CURRENT.remove(); // the thread may not be a new one
    }
  }

  /** Whether the current thread is one of these. */
  boolean areCurrent() {
    return CURRENT.get() == this;
  }

  /**
   * Clears the interrupt that a callback left behind, if the current thread is a worker's, so that
   * it does not reach the callbacks of others. To be called after each callback.
   */
  static void forgetInterrupt() {
    if (CURRENT.get() != null) {
      boolean unused = Thread.interrupted();
    }
  }

  /**
   * Checks that the current thread is not one of these.
   *
   * @throws IllegalStateException if it is
   */
  void checkMayWait() {
    if (areCurrent()) {
      throw new IllegalStateException(
          "A callback must not wait for the batcher whose worker it runs on: the worker would wait for itself. Use trySubmit or thenCompose, or a callback on another thread, as with whenCompleteAsync.");
    }
  }

  /**
   * Waits until the threads have ended, even if interrupted. On a worker, of this batcher or
   * another, it does not wait: two could wait for each other.
   */
  void awaitEnd() {
    if (CURRENT.get() != null) {
      return;
    }
    awaitEnd(threads);
  }

  /** Waits until threads have ended, even if interrupted. */
  public static void awaitEnd(List<Thread> threads) {
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
