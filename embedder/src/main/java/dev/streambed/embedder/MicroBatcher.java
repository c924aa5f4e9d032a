package dev.streambed.embedder;

import dev.streambed.embedder.TextRequest.Content;
import dev.streambed.embedder.WorkQueue.Work;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * Batches texts of many callers. Callers submit; the workers, which this class owns, tokenise and
 * infer. The embedder is the caller's, who closes it after this.
 *
 * <p>Workers pull, no timer ever delays a text: an idle worker first runs a batch that is ready; if
 * there is none, it takes what is queued (at most {@link BatchPolicy#maxRecords}, and only its
 * share if others idle too), tokenises it, orders it by length, cuts it into batches, runs one and
 * leaves the others to whoever is idle. So a lone text leaves at once, and batches grow by
 * themselves while all workers are busy. Equal texts of one window are embedded once, later ones
 * not at all if there is a cache.
 */
public final class MicroBatcher implements AutoCloseable {
  private static final Comparator<TokenisedText> LONGEST_FIRST =
      Comparator.comparingInt(TokenisedText::length).reversed();

  private final TextEmbedder embedder;
  private final BatchPolicy policy;
  private final BatchListener listener;
  private final EmbeddingCache cache;
  private final WorkQueue<TextRequest, List<TokenisedText>> queue;
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
    this.policy = policy;
    this.listener = listener;
    this.cache = new EmbeddingCache(options.cacheBytes());
    this.queue = new WorkQueue<>(options.maxQueued(), policy.maxRecords());
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
      for (var work = queue.take(); work != null; work = queue.take()) {
        List<TokenisedText> batch = work.batch();
        if (batch == null) {
          batch = firstBatchOf(work.window());
        }
        if (!batch.isEmpty()) {
          runner.run(batch);
        }
      }
    } catch (InterruptedException e) {
      stop(new InferenceException("A worker of the batcher was interrupted.", e));
    } catch (Throwable e) { // a worker never dies silently: every open future hears of it
      stop(new InferenceException("A worker of the batcher failed: " + e, e));
      throw e;
    }
  }

  /**
   * Tokenises a window and leaves all but its first batch to idle workers. Empty if all texts were
   * rejected.
   */
  private List<TokenisedText> firstBatchOf(List<TextRequest> window) {
    List<TokenisedText> texts = tokenise(window);
    texts.sort(LONGEST_FIRST);
    List<List<TokenisedText>> batches =
        BatchCutter.cut(texts, TokenisedText::length, policy, embedder.layout());
    if (batches.isEmpty()) {
      return List.of();
    }
    List<List<TokenisedText>> others = batches.subList(1, batches.size());
    RuntimeException end = queue.addBatches(others);
    if (end != null) {
      others.forEach(batch -> batch.forEach(text -> text.fail(end)));
    }
    return batches.get(0);
  }

  private List<TokenisedText> tokenise(List<TextRequest> window) {
    long start = System.nanoTime();
    Map<Content, TokenisedText> distinct = new HashMap<>();
    List<TokenisedText> texts = new ArrayList<>(window.size());
    for (TextRequest request : window) {
      listener.waited(start - request.nanoTime());
      TokenisedText twin = distinct.get(request.content());
      if (twin == null) {
        TokenIds tokens = tokenise(request, window);
        if (tokens != null) {
          TokenisedText text = new TokenisedText(request, tokens);
          distinct.put(request.content(), text);
          texts.add(text);
        }
      } else {
        twin.addTwin(request.result());
      }
    }
    listener.tokenised(window.size(), System.nanoTime() - start);
    return texts;
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
    for (Work<TextRequest, List<TokenisedText>> untaken : queue.stop(reason)) {
      fail(untaken.window(), reason);
      if (untaken.batch() != null) {
        untaken.batch().forEach(text -> text.fail(reason));
      }
    }
  }

  private static void fail(List<TextRequest> texts, RuntimeException reason) {
    texts.forEach(request -> request.result().completeExceptionally(reason));
  }
}
