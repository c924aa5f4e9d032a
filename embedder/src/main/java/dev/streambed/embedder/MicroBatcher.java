package dev.streambed.embedder;

import static dev.streambed.embedder.Requirements.check;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Batches texts of many callers. Callers submit; the workers, which this class owns, tokenise and
 * infer. The embedder is the caller's, who closes it after this.
 *
 * <p>Workers pull, no timer ever delays a text: an idle worker first runs a batch that is ready; if
 * there is none, it takes what is queued (at most {@link BatchPolicy#maxRecords}, and only its
 * share if others idle too), tokenises it, orders it by length, cuts it into batches, runs one and
 * leaves the others to whoever is idle. So a lone text leaves at once, and batches grow by
 * themselves while all workers are busy.
 */
public final class MicroBatcher implements AutoCloseable {
  private static final Comparator<Tokenised> LONGEST_FIRST =
      Comparator.comparingInt((Tokenised text) -> text.tokens.length()).reversed();

  private final TextEmbedder embedder;
  private final BatchPolicy policy;
  private final int maxQueued;
  private final List<Thread> workers = new ArrayList<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition workArrived = lock.newCondition();
  private final Condition spaceFreed = lock.newCondition();

  @GuardedBy("lock")
  private final ArrayDeque<Request> queue = new ArrayDeque<>();

  @GuardedBy("lock")
  private final ArrayDeque<List<Tokenised>> ready = new ArrayDeque<>();

  @GuardedBy("lock")
  private int idleWorkers;

  @GuardedBy("lock")
  private @Nullable RuntimeException end; // why nothing is accepted any more

  private record Request(
      String text, @Nullable String promptName, CompletableFuture<Embedding> result) {}

  private record Tokenised(TokenIds tokens, CompletableFuture<Embedding> result) {}

  /**
   * Starts the workers.
   *
   * @param workers how many runs may overlap, 1 to 1024: one per core on a CPU
   * @param maxQueued most texts that wait for a worker, at least 1; submitting blocks beyond it
   * @param threads makes the workers' threads
   */
  public MicroBatcher(
      TextEmbedder embedder,
      BatchPolicy policy,
      int workers,
      int maxQueued,
      ThreadFactory threads) {
    check(workers >= 1 && workers <= 1024, "workers", workers, "between 1 and 1024");
    check(maxQueued >= 1, "maxQueued", maxQueued, "at least 1");
    this.embedder = embedder;
    this.policy = policy;
    this.maxQueued = maxQueued;
    for (int i = 0; i < workers; i++) {
      this.workers.add(threads.newThread(this::work));
    }
    this.workers.forEach(Thread::start);
  }

  /**
   * Queues a text; waits while the queue is full.
   *
   * @param promptName name of the prompt; null for the embedder's default
   * @return completes on a worker's thread: with the embedding; with {@link TextRejectedException}
   *     if this text alone is at fault; with {@link InferenceException} if the runtime is broken;
   *     with {@link CancellationException} if the batcher was closed before
   * @throws InterruptedException if interrupted while waiting; the text is not queued then
   */
  public CompletableFuture<Embedding> submit(String text, @Nullable String promptName)
      throws InterruptedException {
    Request request = new Request(text, promptName, new CompletableFuture<>());
    lock.lockInterruptibly();
    try {
      while (end == null && queue.size() >= maxQueued) {
        spaceFreed.await();
      }
      if (end != null) {
        return CompletableFuture.failedFuture(end);
      }
      queue.add(request);
      workArrived.signal();
    } finally {
      lock.unlock();
    }
    return request.result;
  }

  /**
   * Stops soon: what is queued or running fails with {@link CancellationException}. Returns when no
   * worker is left. Idempotent.
   */
  @Override
  public void close() {
    stop(new CancellationException("The batcher was closed."));
    embedder.terminate();
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    try {
      for (List<Tokenised> batch = takeBatch(); batch != null; batch = takeBatch()) {
        run(batch);
      }
    } catch (InterruptedException e) {
      stop(new InferenceException("A worker of the batcher was interrupted.", e));
    } catch (Throwable e) { // a worker never dies silently: every open future hears of it
      stop(new InferenceException("A worker of the batcher failed: " + e, e));
      throw e;
    }
  }

  /** The next batch to run, or null at the end. */
  private @Nullable List<Tokenised> takeBatch() throws InterruptedException {
    while (true) {
      List<Request> window;
      lock.lock();
      try {
        awaitWork();
        if (end != null) {
          return null;
        }
        if (!ready.isEmpty()) {
          return ready.poll();
        }
        window = takeShareOfQueue();
      } finally {
        lock.unlock();
      }
      List<List<Tokenised>> batches = batchesOf(window);
      if (!batches.isEmpty()) {
        return keepFirst(batches);
      }
    }
  }

  @GuardedBy("lock")
  private void awaitWork() throws InterruptedException {
    idleWorkers++;
    try {
      while (end == null && ready.isEmpty() && queue.isEmpty()) {
        workArrived.await();
      }
    } finally {
      idleWorkers--;
    }
  }

  @GuardedBy("lock")
  private List<Request> takeShareOfQueue() {
    int takers = idleWorkers + 1;
    int size = Math.min(policy.maxRecords(), (queue.size() + takers - 1) / takers);
    List<Request> window = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      window.add(queue.remove());
    }
    spaceFreed.signalAll();
    return window;
  }

  private List<List<Tokenised>> batchesOf(List<Request> window) {
    List<Tokenised> texts = new ArrayList<>(window.size());
    for (Request request : window) {
      try {
        texts.add(
            new Tokenised(embedder.tokenise(request.text, request.promptName), request.result));
      } catch (TextRejectedException e) {
        request.result.completeExceptionally(e);
      } catch (RuntimeException e) {
        reject(request.result, "%d characters".formatted(request.text.length()), e);
      } catch (Error e) {
        failAll(window, new InferenceException("The tokeniser failed: " + e, e));
        throw e;
      }
    }
    texts.sort(LONGEST_FIRST);
    return BatchCutter.cut(texts, text -> text.tokens.length(), policy);
  }

  private List<Tokenised> keepFirst(List<List<Tokenised>> batches) {
    lock.lock();
    try {
      RuntimeException stopped = end;
      if (stopped == null) {
        ready.addAll(batches.subList(1, batches.size()));
        workArrived.signalAll();
      } else {
        for (List<Tokenised> batch : batches.subList(1, batches.size())) {
          failBatch(batch, stopped);
        }
      }
    } finally {
      lock.unlock();
    }
    return batches.get(0);
  }

  /** Runs a batch; if it fails, its halves, until the guilty text is alone. */
  private void run(List<Tokenised> batch) {
    List<Embedding> embeddings;
    try {
      embeddings = embedder.embed(batch.stream().map(Tokenised::tokens).toList());
      if (embeddings.size() != batch.size()) {
        throw new InferenceException(
            "The embedder returned %d vectors for a batch of %d texts."
                .formatted(embeddings.size(), batch.size()));
      }
    } catch (RuntimeException e) {
      RuntimeException stopped = end();
      if (stopped != null) {
        failBatch(batch, stopped);
      } else if (batch.size() > 1) {
        run(batch.subList(0, batch.size() / 2));
        run(batch.subList(batch.size() / 2, batch.size()));
      } else {
        Tokenised text = batch.get(0);
        reject(text.result, "%d tokens".formatted(text.tokens.length()), e);
      }
      return;
    } catch (Error e) {
      failBatch(batch, new InferenceException("The runtime failed: " + e, e));
      throw e;
    }
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).result.complete(embeddings.get(i));
    }
  }

  /** A text that fails alone is at fault only if the runtime still works. */
  private void reject(CompletableFuture<Embedding> result, String size, RuntimeException cause) {
    try {
      embedder.probe();
    } catch (RuntimeException e) {
      e.addSuppressed(cause);
      stop(new InferenceException("The runtime fails even on a known good text.", e));
      RuntimeException reason = end();
      result.completeExceptionally(reason != null ? reason : e);
      return;
    }
    result.completeExceptionally(
        new TextRejectedException(
            TextRejectedException.Reason.INFERENCE_FAILED,
            "The runtime fails on this text (%s) alone.".formatted(size),
            cause));
  }

  private @Nullable RuntimeException end() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }

  /** Accepts nothing more, and fails what no worker has taken. The first reason stays. */
  private void stop(RuntimeException reason) {
    List<Request> unstarted;
    List<List<Tokenised>> unrun;
    lock.lock();
    try {
      if (end == null) {
        end = reason;
      }
      unstarted = List.copyOf(queue);
      unrun = List.copyOf(ready);
      queue.clear();
      ready.clear();
      workArrived.signalAll();
      spaceFreed.signalAll();
    } finally {
      lock.unlock();
    }
    failAll(unstarted, reason);
    unrun.forEach(batch -> failBatch(batch, reason));
  }

  private static void failAll(List<Request> requests, RuntimeException reason) {
    requests.forEach(request -> request.result.completeExceptionally(reason));
  }

  private static void failBatch(List<Tokenised> batch, RuntimeException reason) {
    batch.forEach(text -> text.result.completeExceptionally(reason));
  }
}
