package dev.streambed.embedder.batch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A result that a worker of a {@link MicroBatcher} brings. Its callbacks run on that worker, which
 * must not wait for a result: it would wait for itself. So waiting there fails at once; the same
 * holds for the stages that depend on it. Thread-safe.
 */
final class WorkerFuture<T> extends CompletableFuture<T> {
  private final Workers workers;

  WorkerFuture(Workers workers) {
    this.workers = workers;
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
