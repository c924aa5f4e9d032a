package dev.streambed.embedder.batch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A result that a worker of a {@link MicroBatcher} brings. Its callbacks run on that worker, and
 * waiting for a result there would never end. So it fails at once, also for the stages that depend
 * on this result. Thread-safe.
 *
 * <p>A future prints what a callback throws. If that throws too, as {@code toString} may, it comes
 * out of {@link #complete} and {@link #completeExceptionally}. So the batcher calls {@link #answer}
 * and {@link #fail}: they throw no exception of a callback, and leave no interrupt of it behind.
 */
final class WorkerFuture<T> extends CompletableFuture<T> {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerFuture.class);

  /** True once the failure of a callback was logged; there could be one per text. */
  private static final AtomicBoolean HAS_LOGGED = new AtomicBoolean();

  private final Workers workers;

  WorkerFuture(Workers workers) {
    this.workers = workers;
  }

  /** Completes it with a value, whatever its callbacks do. */
  void answer(T value) {
    settle(() -> complete(value));
  }

  /** Completes it with a failure, whatever its callbacks do. */
  void fail(RuntimeException reason) {
    settle(() -> completeExceptionally(reason));
  }

  private void settle(Runnable completion) {
    try {
      completion.run();
    } catch (Throwable e) {
      if (!isDone()) {
        throw e; // no callback was called yet
      }
      if (HAS_LOGGED.compareAndSet(
          false, true)) { // not e: an exception of a callback may not print
        LOG.warn(
            "A callback of an embedding threw what cannot be printed ({}): its own stage never completes. Later ones are not logged.",
            e.getClass().getName());
      }
      callThoseLeft();
    } finally {
      Workers.forgetInterrupt();
    }
  }

  /** Calls the callbacks that are left after one that threw; any of them may throw too. */
  @SuppressWarnings("NullAway") // nobody sees the null: this is completed already
  private void callThoseLeft() {
    for (int left = getNumberOfDependents(); left > 0; left--) { // each call takes at least one
      try {
        complete(null);
      } catch (Throwable e) {
        // the next call goes on after it
      }
    }
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new WorkerFuture<>(workers);
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    checkMayWait();
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    checkMayWait();
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    checkMayWait();
    return super.join();
  }

  private void checkMayWait() {
    if (!isDone()) {
      workers.checkMayWait();
    }
  }
}
