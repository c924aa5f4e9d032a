package dev.streambed.benchmarks.pipeline;

import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a text takes from its submission to its embedding when texts arrive at random (Poisson)
 * at a given rate, against the bare inference of the same text.
 */
final class LatencyProbe implements AutoCloseable {
  private static final long SEED = 7;
  private static final double MILLIS_PER_NANO = 1e-6;

  private final List<String> texts;
  private final OnnxTextEmbedder embedder;
  private final MicroBatcher batcher;

  /** Milliseconds, one per text, in their order. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Latencies(double[] millis) {
    /** The value that a share of all do not exceed. */
    double quantile(double share) {
      double[] sorted = millis.clone();
      Arrays.sort(sorted);
      int index = (int) Math.ceil(share * sorted.length) - 1;
      return sorted[Math.max(0, index)];
    }

    /** Text by text how much longer it took. */
    Latencies minus(Latencies bare) {
      double[] added = new double[millis.length];
      for (int i = 0; i < added.length; i++) {
        added[i] = millis[i] - bare.millis[i % bare.millis.length];
      }
      return new Latencies(added);
    }
  }

  /**
   * @param texts taken in turn
   */
  LatencyProbe(ModelDirectory model, List<String> texts, int workers) {
    this.texts = texts;
    this.embedder = OnnxTextEmbedder.open(model, EmbedderOptions.DEFAULT);
    int capacity = BatchPolicy.DEFAULT.maxRecords() * (workers + 2); // as BatchingOptions has it
    this.batcher = new MicroBatcher(embedder, BatchPolicy.DEFAULT, workers, capacity, Thread::new);
  }

  /** The first texts one after the other, with nothing around them. */
  Latencies bare(int count) {
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      millis[i] = bareMillis(texts.get(i % texts.size()));
    }
    return new Latencies(millis);
  }

  /** The first texts at random times, with nothing around them: one at a time. */
  Latencies bare(int count, double perSecond) {
    double[] millis = new double[count];
    Arrivals arrivals = new Arrivals(perSecond);
    for (int i = 0; i < count; i++) {
      arrivals.awaitNext();
      millis[i] = bareMillis(texts.get(i % texts.size()));
    }
    return new Latencies(millis);
  }

  /** The first texts at random times, through the micro-batcher. */
  Latencies batched(int count, double perSecond) throws InterruptedException {
    double[] millis = new double[count];
    CompletableFuture<?>[] results = new CompletableFuture<?>[count];
    Arrivals arrivals = new Arrivals(perSecond);
    for (int i = 0; i < count; i++) {
      int text = i;
      arrivals.awaitNext();
      long start = System.nanoTime();
      results[i] =
          batcher
              .submit(texts.get(i % texts.size()), null)
              .thenRun(() -> millis[text] = (System.nanoTime() - start) * MILLIS_PER_NANO);
    }
    CompletableFuture.allOf(results).join();
    return new Latencies(millis);
  }

  private double bareMillis(String text) {
    long start = System.nanoTime();
    var unused = embedder.embed(List.of(embedder.tokenise(text, null)));
    return (System.nanoTime() - start) * MILLIS_PER_NANO;
  }

  @Override
  public void close() {
    batcher.close();
    embedder.close();
  }

  /** Random times, the same ones for each rate but for their scale. Confined to one thread. */
  private static final class Arrivals {
    private final Random random = new Random(SEED);
    private final double nanosBetween;
    private double nextNanos = System.nanoTime();

    Arrivals(double perSecond) {
      this.nanosBetween = 1e9 / perSecond;
    }

    void awaitNext() {
      nextNanos += -Math.log(1 - random.nextDouble()) * nanosBetween;
      for (double left = nextNanos - System.nanoTime();
          left > 0;
          left = nextNanos - System.nanoTime()) {
        LockSupport.parkNanos((long) left);
      }
    }
  }
}
