package dev.streambed.cli.inspect;

import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.embedder.Device;
import dev.streambed.embedder.Embedding;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Measures how fast a model embeds texts on this machine, with all its cores or on a GPU, through
 * the batcher of the job.
 */
final class SpeedMeasurement {
  private static final Duration WARM_UP = Duration.ofMillis(500);
  private static final Duration DURATION = Duration.ofSeconds(4);
  private static final int IN_FLIGHT_ON_CPU = 64; // for full batches, few enough to end soon
  private static final int IN_FLIGHT_ON_GPU = 1024;
  private static final int WORKERS_OF_A_GPU = 2; // as the job has

  private final OnnxTextEmbedder embedder;
  private final int inFlight;
  private final Semaphore free;
  private final LongAdder texts = new LongAdder();
  private final LongAdder tokens = new LongAdder();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  private SpeedMeasurement(OnnxTextEmbedder embedder) {
    this.embedder = embedder;
    this.inFlight = embedder.device().isCpu() ? IN_FLIGHT_ON_CPU : IN_FLIGHT_ON_GPU;
    this.free = new Semaphore(inFlight);
  }

  /** The result; it may rest on a single slow text. */
  record Result(double textsPerSecond, double tokensPerSecond, int workers) {}

  /**
   * Embeds the texts over and over, for a few seconds.
   *
   * @throws CommandFailedException if one cannot be embedded
   */
  static Result run(OnnxTextEmbedder embedder, List<String> texts) throws InterruptedException {
    return new SpeedMeasurement(embedder).measure(texts);
  }

  private Result measure(List<String> sample) throws InterruptedException {
    Device device = embedder.device();
    int workers = device.isCpu() ? Runtime.getRuntime().availableProcessors() : WORKERS_OF_A_GPU;
    BatchPolicy policy = BatchPolicy.forDevice(device);
    try (MicroBatcher batcher =
        new MicroBatcher(embedder, policy, workers, inFlight, Thread::new)) {
      int next = submitFor(WARM_UP, batcher, sample, 0);
      long textsBefore = texts.sum();
      long tokensBefore = tokens.sum();
      long start = System.nanoTime();
      submitFor(DURATION, batcher, sample, next);
      double seconds = (System.nanoTime() - start) / 1e9;
      return new Result(
          (texts.sum() - textsBefore) / seconds, (tokens.sum() - tokensBefore) / seconds, workers);
    }
  }

  /** Submits texts, in turn from the given one, until the time is over; returns the next. */
  private int submitFor(Duration time, MicroBatcher batcher, List<String> sample, int first)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    int next = first;
    while (free.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS)
        && System.nanoTime() < end) {
      Throwable failed = failure.get();
      if (failed != null) {
        throw new CommandFailedException(
            "The model fails on a paragraph: " + failed.getMessage(), failed);
      }
      var unused =
          batcher.submit(sample.get(next), /* promptName= */ null).whenComplete(this::count);
      next = (next + 1) % sample.size();
    }
    return next;
  }

  private void count(@Nullable Embedding embedding, @Nullable Throwable failed) {
    free.release();
    if (embedding == null) {
      failure.compareAndSet(null, failed);
      return;
    }
    texts.increment();
    tokens.add(embedding.tokens());
  }
}
