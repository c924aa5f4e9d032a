package dev.streambed.embedder.batch;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.batch.TextRequest.Content;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apiguardian.api.API;
import org.jspecify.annotations.Nullable;

/**
 * Batches texts of many callers. Callers submit; the workers, which this class owns, tokenise and
 * infer. The embedder is the caller's, who closes it after this; others may use it meanwhile, and
 * afterwards.
 *
 * <p>Workers pull, no timer ever delays a text: an idle worker tokenises what is queued (no more
 * than helps to find texts of like length, and only its share if others idle too), then runs the
 * text that has waited longest with those nearest to it in length. So a lone text leaves at once,
 * batches grow by themselves while all workers are busy, and no text is overtaken for longer than
 * the batches of those before it take. Texts that are equal and wait at the same time are embedded
 * once, later ones not at all if there is a cache.
 *
 * <p>Callbacks of results run on the workers, so they should be quick; they may throw, submit and
 * close. A call that would wait for the batcher there is refused with {@link IllegalStateException}
 * (docs/decisions/0086).
 */
@API(status = API.Status.EXPERIMENTAL)
public final class MicroBatcher implements AutoCloseable {
  private static final AtomicInteger THREADS = new AtomicInteger();

  private final TextEmbedder embedder;
  private final BatchListener listener;
  private final EmbeddingCache cache;
  private final WorkQueue queue;
  private final Workers workers = new Workers();

  /** Starts the workers, which are daemon threads. */
  public MicroBatcher(TextEmbedder embedder, BatchPolicy policy, BatcherOptions options) {
    this(embedder, policy, options, MicroBatcher::daemon, BatchListener.NONE);
  }

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
   * @param threads makes the workers' threads; an application ends by itself only if they are
   *     daemons, or this is closed
   * @param listener for metrics; what it throws is logged
   */
  public MicroBatcher(
      TextEmbedder embedder,
      BatchPolicy policy,
      BatcherOptions options,
      ThreadFactory threads,
      BatchListener listener) {
    this(embedder, policy, options, new Setup(threads, listener, System::nanoTime));
  }

  /**
   * The parts that a batcher works with.
   *
   * @param nanoClock measures how long tokenising takes
   */
  record Setup(ThreadFactory threads, BatchListener listener, LongSupplier nanoClock) {}

  MicroBatcher(TextEmbedder embedder, BatchPolicy policy, BatcherOptions options, Setup setup) {
    policy.checkNothingIsOpen();
    options.checkNothingIsOpen();
    this.embedder = embedder.lease();
    this.listener = new GuardedListener(setup.listener);
    this.cache = new EmbeddingCache(options.cacheBytes());
    TextPool pool = new TextPool(policy, embedder.layout());
    this.queue = new WorkQueue(options.workers(), options.maxQueued(), pool);
    SecondTry secondTry = new SecondTry(queue::end, queue::stop);
    RequestTokeniser tokeniser = new RequestTokeniser(this.embedder, secondTry);
    BatchRunner runner = new BatchRunner(this.embedder, this.listener, cache, secondTry);
    try {
      workers.start(
          options.workers(),
          setup.threads,
          () ->
              new BatchWorker(
                  queue, tokeniser, runner, this.listener, new TokenisingTurn(setup.nanoClock)));
    } catch (RuntimeException | Error e) { // of the factory, or no thread can be started
      close();
      throw e;
    }
  }

  /**
   * Queues a text; waits while the queue is full.
   *
   * @param promptName name of the prompt; null for the embedder's default
   * @return completes on a worker's thread, or at once if the vector is in the cache: with the
   *     embedding; with {@link TextRejectedException} if this text alone is at fault; with {@link
   *     InferenceException} if the runtime is broken; with {@link CancellationException} if the
   *     batcher was closed before. A text whose future was cancelled is not embedded, unless its
   *     batch runs already
   * @throws InterruptedException if interrupted while waiting; the text is not queued then
   * @throws IllegalStateException if it would wait on a worker of this batcher, in a callback
   */
  public CompletableFuture<Embedding> submit(String text, @Nullable String promptName)
      throws InterruptedException {
    TextRequest request = request(text, promptName, Lane.DOCUMENTS);
    if (!answerFromCache(request)) {
      if (workers.areCurrent()) {
        if (!queue.offer(request)) {
          workers.checkMayWait();
        }
      } else {
        queue.add(request);
      }
    }
    return request.result();
  }

  /**
   * As {@link #submit}, without waiting.
   *
   * @return empty if the queue is full
   */
  public Optional<CompletableFuture<Embedding>> trySubmit(
      String text, @Nullable String promptName) {
    return trySubmit(text, promptName, Lane.DOCUMENTS);
  }

  /**
   * As above, in a lane. Each lane has a queue of its own, so that one that is full keeps nothing
   * out of the other.
   */
  public Optional<CompletableFuture<Embedding>> trySubmit(
      String text, @Nullable String promptName, Lane lane) {
    TextRequest request = request(text, promptName, lane);
    return answerFromCache(request) || queue.offer(request)
        ? Optional.of(request.result())
        : Optional.empty();
  }

  /**
   * Embeds texts, and waits for all of them.
   *
   * @param promptName name of the prompt; null for the embedder's default
   * @return one embedding per text, in their order
   * @throws NullPointerException if a text is null
   * @throws TextRejectedException if a text is at fault; the others are cancelled
   * @throws InferenceException if the runtime is broken
   * @throws CancellationException if the batcher is closed
   * @throws InterruptedException if interrupted while waiting; all texts are cancelled then
   * @throws IllegalStateException on a worker of this batcher, in a callback
   */
  public List<Embedding> embedAll(List<String> texts, @Nullable String promptName)
      throws InterruptedException {
    workers.checkMayWait();
    List<String> all = new ArrayList<>(texts);
    for (int i = 0; i < all.size(); i++) {
      requireNonNull(all.get(i), "Text %d of %d is null.".formatted(i + 1, all.size()));
    }
    List<Future<Embedding>> results = new ArrayList<>(all.size());
    try {
      for (String text : all) {
        results.add(submit(text, promptName));
      }
      List<Embedding> embeddings = new ArrayList<>(all.size());
      for (Future<Embedding> result : results) {
        embeddings.add(await(result, embeddings.size(), all.size()));
      }
      return embeddings;
    } finally {
      results.forEach(result -> result.cancel(/* mayInterruptIfRunning= */ false));
    }
  }

  /** Texts that wait for a worker now. */
  public int queuedTexts() {
    return queue.size();
  }

  /**
   * Stops soon: what is queued or running fails with {@link CancellationException}. Returns when no
   * worker is left; in a callback on a worker, without waiting for that. Idempotent.
   */
  @Override
  public void close() {
    try {
      queue.stop(closed());
    } finally {
      try {
        embedder.terminate();
      } finally {
        workers.awaitEnd();
      }
    }
  }

  /**
   * Accepts nothing more, waits until what was accepted is answered, and closes. Idempotent.
   *
   * @param limit how long to wait; what is not answered then fails with {@link
   *     CancellationException}
   * @return whether everything was answered
   * @throws InterruptedException if interrupted while waiting; this is closed then
   * @throws IllegalStateException on a worker of this batcher, in a callback
   */
  public boolean closeAfterPending(Duration limit) throws InterruptedException {
    workers.checkMayWait();
    try {
      return queue.drain(closed(), TimeUnit.NANOSECONDS.convert(limit));
    } finally {
      close();
    }
  }

  private TextRequest request(String text, @Nullable String promptName, Lane lane) {
    requireNonNull(text, "Cannot embed a text that is null.");
    Content content = new Content(text, promptName);
    return new TextRequest(content, lane, System.nanoTime(), new WorkerFuture<>(workers));
  }

  private boolean answerFromCache(TextRequest request) {
    Embedding known = cache.find(request.content());
    if (known == null) {
      return false;
    }
    listener.cacheHit();
    request.result().complete(known);
    return true;
  }

  private static Embedding await(Future<Embedding> result, int index, int texts)
      throws InterruptedException {
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TextRejectedException rejection) {
        throw new TextRejectedException(
            rejection.reason(),
            "Text %d of %d: %s".formatted(index + 1, texts, rejection.getMessage()),
            rejection);
      }
      throw new InferenceException(
          "The runtime failed on %d texts.".formatted(texts), e.getCause());
    }
  }

  private static CancellationException closed() {
    return new CancellationException("The batcher was closed.");
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "streambed-embed-" + THREADS.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }
}
