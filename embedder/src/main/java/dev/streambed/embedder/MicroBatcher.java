package dev.streambed.embedder;

import static dev.streambed.embedder.Requirements.check;

import dev.streambed.embedder.WorkQueue.Work;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
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
 * themselves while all workers are busy. Equal texts of one window are embedded once.
 */
public final class MicroBatcher implements AutoCloseable {
  private static final Comparator<Tokenised> LONGEST_FIRST =
      Comparator.comparingInt((Tokenised text) -> text.tokens.length()).reversed();

  private final TextEmbedder embedder;
  private final BatchPolicy policy;
  private final BatchListener listener;
  private final WorkQueue<Request, List<Tokenised>> queue;
  private final List<Thread> workers = new ArrayList<>();

  private record Content(String text, @Nullable String promptName) {}

  private record Request(Content content, long nanoTime, CompletableFuture<Embedding> result) {}

  /** A text and all who want its vector. */
  private record Tokenised(TokenIds tokens, List<CompletableFuture<Embedding>> results) {}

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
    this(embedder, policy, workers, maxQueued, threads, BatchListener.NONE);
  }

  /** As above, with a listener for metrics. */
  public MicroBatcher(
      TextEmbedder embedder,
      BatchPolicy policy,
      int workers,
      int maxQueued,
      ThreadFactory threads,
      BatchListener listener) {
    check(workers >= 1 && workers <= 1024, "workers", workers, "between 1 and 1024");
    check(maxQueued >= 1, "maxQueued", maxQueued, "at least 1");
    this.embedder = embedder;
    this.policy = policy;
    this.listener = listener;
    this.queue = new WorkQueue<>(maxQueued, policy.maxRecords());
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
    Request request =
        new Request(new Content(text, promptName), System.nanoTime(), new CompletableFuture<>());
    RuntimeException end = queue.add(request);
    return end == null ? request.result : CompletableFuture.failedFuture(end);
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
      for (Work<Request, List<Tokenised>> work = queue.take(); work != null; work = queue.take()) {
        List<Tokenised> batch = work.batch();
        if (batch == null) {
          batch = firstBatchOf(work.window());
        }
        run(batch);
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
  private List<Tokenised> firstBatchOf(List<Request> window) {
    List<Tokenised> texts = tokenise(window);
    texts.sort(LONGEST_FIRST);
    List<List<Tokenised>> batches = BatchCutter.cut(texts, text -> text.tokens.length(), policy);
    if (batches.isEmpty()) {
      return List.of();
    }
    List<List<Tokenised>> others = batches.subList(1, batches.size());
    RuntimeException end = queue.addBatches(others);
    if (end != null) {
      others.forEach(batch -> failBatch(batch, end));
    }
    return batches.get(0);
  }

  private List<Tokenised> tokenise(List<Request> window) {
    long start = System.nanoTime();
    Map<Content, Tokenised> distinct = new LinkedHashMap<>();
    for (Request request : window) {
      listener.waited(start - request.nanoTime);
      Tokenised twin = distinct.get(request.content);
      if (twin == null) {
        TokenIds tokens = tokenise(request, window);
        if (tokens != null) {
          List<CompletableFuture<Embedding>> results = new ArrayList<>(1);
          results.add(request.result);
          distinct.put(request.content, new Tokenised(tokens, results));
        }
      } else {
        twin.results.add(request.result);
      }
    }
    listener.tokenised(window.size(), System.nanoTime() - start);
    return new ArrayList<>(distinct.values());
  }

  private @Nullable TokenIds tokenise(Request request, List<Request> window) {
    String text = request.content.text;
    try {
      return embedder.tokenise(text, request.content.promptName);
    } catch (TextRejectedException e) {
      request.result.completeExceptionally(e);
    } catch (RuntimeException e) {
      reject(List.of(request.result), "%d characters".formatted(text.length()), e);
    } catch (Error e) {
      fail(window, new InferenceException("The tokeniser failed: " + e, e));
      throw e;
    }
    return null;
  }

  /** Runs a batch; if it fails, its halves, until the guilty text is alone. */
  private void run(List<Tokenised> batch) {
    if (batch.isEmpty()) {
      return;
    }
    List<Embedding> embeddings;
    try {
      embeddings = embed(batch);
    } catch (RuntimeException e) {
      RuntimeException end = queue.end();
      if (end != null) {
        failBatch(batch, end);
      } else if (batch.size() > 1) {
        run(batch.subList(0, batch.size() / 2));
        run(batch.subList(batch.size() / 2, batch.size()));
      } else {
        Tokenised text = batch.get(0);
        reject(text.results, "%d tokens".formatted(text.tokens.length()), e);
      }
      return;
    } catch (Error e) {
      failBatch(batch, new InferenceException("The runtime failed: " + e, e));
      throw e;
    }
    for (int i = 0; i < batch.size(); i++) {
      complete(batch.get(i).results, embeddings.get(i));
    }
  }

  private List<Embedding> embed(List<Tokenised> batch) {
    List<TokenIds> texts = new ArrayList<>(batch.size());
    int tokens = 0;
    for (Tokenised text : batch) {
      texts.add(text.tokens);
      tokens += text.tokens.length();
    }
    long start = System.nanoTime();
    List<Embedding> embeddings = embedder.embed(texts);
    long nanos = System.nanoTime() - start;
    if (embeddings.size() != batch.size()) {
      throw new InferenceException(
          "The embedder returned %d vectors for a batch of %d texts."
              .formatted(embeddings.size(), batch.size()));
    }
    int longest = texts.stream().mapToInt(TokenIds::length).max().orElse(0);
    listener.embedded(batch.size(), tokens, batch.size() * longest, nanos);
    return embeddings;
  }

  private void complete(List<CompletableFuture<Embedding>> results, Embedding embedding) {
    results.get(0).complete(embedding);
    for (CompletableFuture<Embedding> twin : results.subList(1, results.size())) {
      twin.complete(
          new Embedding(embedding.vector().clone(), embedding.tokens(), embedding.truncated()));
    }
    if (results.size() > 1) {
      listener.reused(results.size() - 1);
    }
  }

  /** A text that fails alone is at fault only if the runtime still works. */
  private void reject(
      List<CompletableFuture<Embedding>> results, String size, RuntimeException cause) {
    RuntimeException failure =
        new TextRejectedException(
            TextRejectedException.Reason.INFERENCE_FAILED,
            "The runtime fails on this text (%s) alone.".formatted(size),
            cause);
    try {
      embedder.probe();
    } catch (RuntimeException e) {
      e.addSuppressed(cause);
      failure = new InferenceException("The runtime fails even on a known good text.", e);
      stop(failure);
    }
    RuntimeException end = queue.end();
    for (CompletableFuture<Embedding> result : results) {
      result.completeExceptionally(end == null ? failure : end);
    }
  }

  /** Accepts nothing more, and fails what no worker has taken. */
  private void stop(RuntimeException reason) {
    for (Work<Request, List<Tokenised>> untaken : queue.stop(reason)) {
      fail(untaken.window(), reason);
      if (untaken.batch() != null) {
        failBatch(untaken.batch(), reason);
      }
    }
  }

  private static void fail(List<Request> texts, RuntimeException reason) {
    texts.forEach(request -> request.result.completeExceptionally(reason));
  }

  private static void failBatch(List<Tokenised> batch, RuntimeException reason) {
    for (Tokenised text : batch) {
      text.results.forEach(result -> result.completeExceptionally(reason));
    }
  }
}
