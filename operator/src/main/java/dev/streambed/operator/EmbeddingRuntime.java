package dev.streambed.operator;

import static java.util.Objects.requireNonNull;

import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.InvalidModelException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.TokenCounter;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.calibration.BatchTuning;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Embeds the texts of a Flink task: it has a GPU if Flink has one, the model, a batcher that suits
 * both, and their metrics. Whatever embeds inside a task uses this. Unloads the native libraries
 * with the class loader of the job.
 *
 * <p>Owns all of them; the task's thread opens, submits and closes, the batcher's workers complete.
 */
@Internal
public final class EmbeddingRuntime implements AutoCloseable {
  /** Group of its metrics, in the operator's; docs/metrics.md says what each means. */
  public static final String METRIC_GROUP = EmbeddingMetrics.GROUP;

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddingRuntime.class);

  private final GpuLease gpu;
  private final TextEmbedder embedder;
  private final MicroBatcher batcher;
  private final EmbeddingMetrics metrics;
  private final AtomicBoolean closed = new AtomicBoolean();

  private EmbeddingRuntime(
      GpuLease gpu, TextEmbedder embedder, MicroBatcher batcher, EmbeddingMetrics metrics) {
    this.gpu = gpu;
    this.embedder = embedder;
    this.batcher = batcher;
    this.metrics = metrics;
  }

  /**
   * Opens the model, calibrates where that is asked for, and starts the workers. If that fails,
   * nothing stays open.
   *
   * @throws dev.streambed.embedder.InvalidModelException if the model cannot be used, or not as it
   *     was asked for
   */
  public static EmbeddingRuntime open(
      EmbeddingTask task, TextEmbedderFactory embedders, BatchingOptions batching) {
    GpuLease gpu = GpuLease.acquire(task.externalResources().apply(GpuLease.RESOURCE));
    TextEmbedder embedder = null;
    try {
      Unloading.withClassLoader(task, embedders);
      embedder =
          requireNonNull(embedders.open(gpu.gpu()), "The factory opened no embedder, but null.");
      LOG.info(
          "{} runs on {}. GPUs that Flink lists here: {}.",
          task.info().getTaskNameWithSubtasks(),
          embedder.device(),
          gpu.listed());
      return start(task, gpu, embedder, batching);
    } catch (RuntimeException | Error e) {
      closeAfter(e, gpu, embedder);
      throw e;
    }
  }

  private static EmbeddingRuntime start(
      EmbeddingTask task, GpuLease gpu, TextEmbedder embedder, BatchingOptions batching) {
    BatchTuning tuning = batching.tune(embedder, busySlots(task));
    EmbeddingMetrics metrics = new EmbeddingMetrics(task.metrics(), embedder, tuning);
    MicroBatcher batcher =
        new MicroBatcher(
            embedder,
            batching.policy(tuning),
            batching.batcher(tuning),
            workerThreads(task.info().getTaskNameWithSubtasks()),
            metrics);
    metrics.queueLength(batcher::queuedTexts);
    return new EmbeddingRuntime(gpu, embedder, batcher, metrics);
  }

  private static void closeAfter(
      Throwable failure, GpuLease openGpu, @Nullable TextEmbedder openEmbedder) {
    try (openGpu;
        openEmbedder) {
      // the embedder is closed first, then its GPU is free
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** How many slots of this process embed at once, at most: Flink does not tell the number. */
  public static int busySlots(EmbeddingTask task) {
    int subtasks = task.info().getNumberOfParallelSubtasks();
    return Math.min(subtasks, Runtime.getRuntime().availableProcessors());
  }

  private static ThreadFactory workerThreads(String task) {
    AtomicInteger number = new AtomicInteger();
    return runnable -> {
      Thread thread =
          new Thread(runnable, "embed-worker-" + number.incrementAndGet() + " of " + task);
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Queues texts that belong together; waits while the batcher's queue is full.
   *
   * @param texts at least 1
   * @param promptName name of their prompt; null for the embedder's default
   * @return completes on a worker's thread: with one embedding per text, in their order; with
   *     {@link TextRejectedException} if a text cannot be embedded; with {@link
   *     java.util.concurrent.CancellationException} if this was closed before; with another failure
   *     if the runtime is broken
   * @throws InterruptedException if interrupted while waiting
   */
  public CompletableFuture<List<Embedding>> submit(List<String> texts, @Nullable String promptName)
      throws InterruptedException {
    TextsResult result = new TextsResult(texts.size());
    for (int i = 0; i < texts.size(); i++) {
      int index = i;
      long startNanos = System.nanoTime();
      var unused =
          batcher
              .submit(texts.get(i), promptName)
              .whenComplete(
                  (embedding, failure) -> {
                    count(System.nanoTime() - startNanos, embedding, failure);
                    result.settle(index, embedding, failure);
                  });
    }
    return result.future();
  }

  private void count(long nanos, @Nullable Embedding embedding, @Nullable Throwable failure) {
    if (embedding != null) {
      metrics.succeeded(embedding, nanos);
    } else if (failure instanceof TextRejectedException rejection) {
      metrics.failed(rejection.reason());
    }
  }

  /** Name of the prompt that texts with this prompt name get, as in {@link TextEmbedder}. */
  public String promptName(@Nullable String promptName) {
    return embedder.promptName(promptName);
  }

  /**
   * Refuses a prompt that no text can have.
   *
   * @throws InvalidModelException if the embedder has none of this name
   */
  public void requirePrompt(String name) {
    try {
      var unused = embedder.tokenise("a", name);
    } catch (TextRejectedException e) {
      if (e.reason() == TextRejectedException.Reason.UNKNOWN_PROMPT) {
        throw new InvalidModelException(
            "Cannot use prompt '%s' for all records: %s".formatted(name, e.getMessage()), e);
      }
    }
  }

  /** As {@link TextEmbedder#tokenCounter}. */
  public TokenCounter tokenCounter(@Nullable String promptName) {
    return embedder.tokenCounter(promptName);
  }

  /** As {@link TextEmbedder#modelName}. */
  public String modelName() {
    return embedder.modelName();
  }

  /** As {@link TextEmbedder#modelDigest}. */
  public String modelDigest() {
    return embedder.modelDigest();
  }

  /** Cancels the texts that are not embedded yet, without waiting for them. Idempotent. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try (gpu;
        embedder;
        batcher) {
      // the batcher is closed first, then the embedder that its workers used, then its GPU is free
    }
  }
}
