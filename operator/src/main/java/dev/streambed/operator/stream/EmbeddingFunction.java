package dev.streambed.operator;

import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TextRejectedException;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.calibration.BatchTuning;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Embeds the texts of a stream, batched across records: the thin adapter of {@link MicroBatcher} to
 * Flink. Flink's AsyncWaitOperator ({@link EmbeddingOperator}), which runs it, keeps the records in
 * flight in checkpointed state and replays them after a failure; so there is no snapshot code here.
 *
 * <p>Flink's task thread opens it, submits and closes; the batcher's workers complete. Owns the
 * GPU, the embedder and the batcher of its task slot.
 *
 * @param <T> type of the records
 */
public final class EmbeddingFunction<T> extends RichAsyncFunction<T, Enriched<T>> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(EmbeddingFunction.class);

  private final TextEmbedderFactory embedders;
  private final TextExtractor<T> extractor;
  private final BatchingOptions batching;

  private transient @Nullable GpuLease gpu;
  private transient @Nullable TextEmbedder embedder;
  private transient @Nullable MicroBatcher batcher;
  private transient @Nullable EmbeddingMetrics metrics;

  EmbeddingFunction(
      TextEmbedderFactory embedders, TextExtractor<T> extractor, BatchingOptions batching) {
    this.embedders = embedders;
    this.extractor = extractor;
    this.batching = batching;
  }

  /**
   * Embeds a stream, keeping its order.
   *
   * @param outputType serialises the results; none may need Kryo
   * @return one result per record, in the order of the records; a record whose text is rejected is
   *     a result too
   */
  public static <T> SingleOutputStreamOperator<Enriched<T>> embed(
      DataStream<T> input,
      TextEmbedderFactory embedders,
      TextExtractor<T> extractor,
      BatchingOptions batching,
      TypeInformation<Enriched<T>> outputType) {
    EmbeddingFunction<T> function = new EmbeddingFunction<>(embedders, extractor, batching);
    return input.transform(
        "async wait operator", // as Flink calls it
        outputType,
        new EmbeddingOperatorFactory<>(
            input.getExecutionEnvironment().clean(function), extractor, batching));
  }

  @Override
  public void open(OpenContext openContext) {
    RuntimeContext context = getRuntimeContext();
    String task = context.getTaskInfo().getTaskNameWithSubtasks();
    GpuLease lease = GpuLease.acquire(context.getExternalResourceInfos(GpuLease.RESOURCE));
    gpu = lease;
    unloadWithClassLoader(context);
    TextEmbedder opened = embedders.open(lease.gpu());
    embedder = opened;
    Device device = opened.device();
    LOG.info("{} runs on {}. GPUs that Flink lists here: {}.", task, device, lease.listed());
    BatchTuning tuning = batching.tune(opened, busySlots(context));
    EmbeddingMetrics listener = new EmbeddingMetrics(context.getMetricGroup(), opened, tuning);
    metrics = listener;
    MicroBatcher started =
        new MicroBatcher(
            opened,
            batching.policy(tuning),
            batching.batcher(tuning),
            workerThreads(task),
            listener);
    batcher = started;
    listener.queueLength(started::queuedTexts);
  }

  /** How many slots of this process embed at once, at most: Flink does not tell the number. */
  private static int busySlots(RuntimeContext context) {
    int subtasks = context.getTaskInfo().getNumberOfParallelSubtasks();
    return Math.min(subtasks, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Lets Flink unload the native libraries with the job's class loader. Of what outlives a job, as
   * the classes in Flink's lib/ or of an application do, nothing is unloaded.
   */
  private void unloadWithClassLoader(RuntimeContext context) {
    if (EmbeddingFunction.class.getClassLoader() != RuntimeContext.class.getClassLoader()) {
      context.registerUserCodeClassLoaderReleaseHookIfAbsent("streambed-unload", embedders::unload);
    }
  }

  @Override
  public void asyncInvoke(T input, ResultFuture<Enriched<T>> result) throws InterruptedException {
    String text = extractor.text(input);
    if (text == null) {
      result.complete(List.of(Enriched.withoutText(input)));
      return;
    }
    long startNanos = System.nanoTime();
    var unused =
        opened(batcher)
            .submit(text, extractor.promptName(input))
            .whenComplete(
                (embedding, failure) -> settle(input, startNanos, embedding, failure, result));
  }

  private void settle(
      T input,
      long startNanos,
      @Nullable Embedding embedding,
      @Nullable Throwable failure,
      ResultFuture<Enriched<T>> result) {
    try {
      if (embedding != null) {
        opened(metrics).succeeded(embedding, System.nanoTime() - startNanos);
        result.complete(List.of(Enriched.embedded(input, embedding)));
      } else if (failure instanceof TextRejectedException rejection) {
        opened(metrics).failed(rejection.reason());
        result.complete(List.of(Enriched.failed(input, rejection)));
      } else if (failure != null && !(failure instanceof CancellationException)) {
        result.completeExceptionally(failure); // cancelled: the task is closed, nobody waits
      }
    } catch (RejectedExecutionException e) {
      // The task was closed meanwhile, its mailbox takes no more; the record is in the checkpoint.
    }
  }

  @Override
  public void close() {
    MicroBatcher openBatcher = batcher;
    TextEmbedder openEmbedder = embedder;
    GpuLease openGpu = gpu;
    batcher = null;
    embedder = null;
    gpu = null;
    try (openGpu;
        openEmbedder;
        openBatcher) {
      // the batcher is closed first, then the embedder that its workers used, then its GPU is free
    }
  }

  private static <V> V opened(@Nullable V value) {
    if (value == null) {
      throw new IllegalStateException("The function is not open.");
    }
    return value;
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
}
