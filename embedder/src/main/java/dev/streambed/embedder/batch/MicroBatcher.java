package dev.streambed.embedder.batch;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.TextRequest.Content;
import dev.streambed.embedder.batch.WorkQueue.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Batches texts of many callers. Callers submit; the workers, which this class owns, tokenise and
 * infer. The embedder is the caller's, who closes it after this.
 *
 * <p>Workers pull, no timer ever delays a text: an idle worker tokenises what is queued (no more
 * than helps to find texts of like length, and only its share if others idle too), then runs the
 * text that has waited longest with those nearest to it in length. So a lone text leaves at once,
 * batches grow by themselves while all workers are busy, and no text is overtaken for longer than
 * the batches of those before it take. Texts that are equal and wait at the same time are embedded
 * once, later ones not at all if there is a cache.
 */
public final class MicroBatcher implements AutoCloseable {
  private final TextEmbedder embedder;
  private final BatchListener listener;
  private final EmbeddingCache cache;
  private final WorkQueue queue;
  private final BatchRunner runner;
  private final List<Thread> workers = new ArrayList<>();

  /**
   * Starts the workers; no cache.
   *
   * @param workers as {@link BatcherOptions#workers}
   * @param maxQueued as {@link BatcherOptions#maxQueued}
   * @param threads makes the workers' threads
   */
  public MicroBatcher(
      TextEmbedder embedder,
      BatchPolicy policy,
      int workers,
      int maxQueued,
      ThreadFactory threads) {
    this(
        embedder,
        policy,
        new BatcherOptions(workers, maxQueued, /* cacheBytes= */ 0),
        threads,
        BatchListener.NONE);
  }

  /**
   * Starts the workers.
   *
   * @param threads makes the workers' threads
   * @param listener for metrics
   */
  public MicroBatcher(
      TextEmbedder embedder,
      BatchPolicy policy,
      BatcherOptions options,
      ThreadFactory threads,
      BatchListener listener) {
    this.embedder = embedder;
    this.listener = listener;
    this.cache = new EmbeddingCache(options.cacheBytes());
    this.queue =
        new WorkQueue(
            options.workers(), options.maxQueued(), new TextPool(policy, embedder.layout()));
    this.runner = new BatchRunner(embedder, listener, cache, queue::end, this::stop);
    for (int i = 0; i < options.workers(); i++) {
      this.workers.add(threads.newThread(this::work));
    }
    this.workers.forEach(Thread::start);
  }

  /**
   * Queues a text; waits while the queue is full.
   *
   * @param promptName name of the prompt; null for the embedder's default
   * @return completes on a worker's thread, or at once if the vector is in the cache: with the
   *     embedding; with {@link TextRejectedException} if this text alone is at fault; with {@link
   *     InferenceException} if the runtime is broken; with {@link CancellationException} if the
   *     batcher was closed before
   * @throws InterruptedException if interrupted while waiting; the text is not queued then
   */
  public CompletableFuture<Embedding> submit(String text, @Nullable String promptName)
      throws InterruptedException {
    Content content = new Content(text, promptName);
    Embedding known = cache.find(content);
    if (known != null) {
      listener.cacheHit();
      return CompletableFuture.completedFuture(known);
    }
    var request = new TextRequest(content, System.nanoTime(), new CompletableFuture<>());
    RuntimeException end = queue.add(request);
    return end == null ? request.result() : CompletableFuture.failedFuture(end);
  }

  /** Texts that wait for a worker now. */
  public int queuedTexts() {
    return queue.size();
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
      for (Work work = queue.take(); work != null; work = queue.take()) {
        if (work.batch().isEmpty()) {
          pool(work.window());
        } else {
          run(work.batch());
        }
      }
    } catch (InterruptedException e) {
      stop(new InferenceException("A worker of the batcher was interrupted.", e));
    } catch (Throwable e) { // a worker never dies silently: every open future hears of it
      stop(new InferenceException("A worker of the batcher failed: " + e, e));
      throw e;
    }
  }

  private void run(List<TokenisedText> batch) {
    long start = System.nanoTime();
    batch.forEach(text -> listener.waited(start - text.nanoTime()));
    runner.run(batch);
    queue.batchEnded();
  }

  /** Tokenises a window, for whichever worker comes next. */
  private void pool(List<TextRequest> window) {
    long start = System.nanoTime();
    List<TokenisedText> texts = new ArrayList<>(window.size());
    for (TextRequest request : window) {
      TokenIds tokens = tokenise(request, window);
      if (tokens != null) {
        texts.add(new TokenisedText(request, tokens));
      }
    }
    listener.tokenised(window.size(), System.nanoTime() - start);
    RuntimeException end = queue.addTokenised(texts);
    if (end != null) {
      texts.forEach(text -> text.fail(end));
    }
  }

  private @Nullable TokenIds tokenise(TextRequest request, List<TextRequest> window) {
    String text = request.content().text();
    try {
      return embedder.tokenise(text, request.content().promptName());
    } catch (TextRejectedException e) {
      request.result().completeExceptionally(e);
    } catch (RuntimeException e) {
      String size = "%d characters".formatted(text.length());
      request.result().completeExceptionally(runner.blame(size, e));
    } catch (Error e) {
      fail(window, new InferenceException("The tokeniser failed: " + e, e));
      throw e;
    }
    return null;
  }

  /** Accepts nothing more, and fails what no worker has taken. */
  private void stop(RuntimeException reason) {
    Work untaken = queue.stop(reason);
    fail(untaken.window(), reason);
    untaken.batch().forEach(text -> text.fail(reason));
  }

  private static void fail(List<TextRequest> texts, RuntimeException reason) {
    texts.forEach(request -> request.result().completeExceptionally(reason));
  }
}
