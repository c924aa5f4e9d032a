package dev.streambed.benchmarks.moe;

import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.importer.nomic.graph.NomicGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Two things measured in turns, so that a busy minute of the machine hits both.
 *
 * @param first tokens per second of the first, one value a round
 * @param second of the second
 */
record Alternation(List<Double> first, List<Double> second) {
  private static final double MINIMUM_SECONDS = 3; // of one measurement
  private static final double NANOS = 1e9;

  /** Runs both until they are warm, then in turns. */
  static Alternation run(
      OnnxSession first,
      SampleBatch firstBatch,
      OnnxSession second,
      SampleBatch secondBatch,
      int workers,
      int rounds)
      throws InterruptedException {
    tokensPerSecond(first, firstBatch, workers);
    tokensPerSecond(second, secondBatch, workers);
    var result = new Alternation(new ArrayList<>(), new ArrayList<>());
    for (int round = 0; round < rounds; round++) {
      result.first.add(tokensPerSecond(first, firstBatch, workers));
      result.second.add(tokensPerSecond(second, secondBatch, workers));
    }
    return result;
  }

  /** Round by round, how many times as fast the first is. */
  List<Double> ratios() {
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < first.size(); round++) {
      ratios.add(first.get(round) / second.get(round));
    }
    return ratios;
  }

  /**
   * Each worker runs the batch over and over; the time is that until the slowest has done its
   * share.
   */
  private static double tokensPerSecond(OnnxSession session, SampleBatch batch, int workers)
      throws InterruptedException {
    long start = System.nanoTime();
    session.run(batch.batch(), NomicGraph.OUTPUT);
    double seconds = (System.nanoTime() - start) / NANOS;
    int runs = (int) Math.max(2, Math.ceil(MINIMUM_SECONDS / seconds));
    var done = new CountDownLatch(workers);
    var failure = new AtomicReference<RuntimeException>();
    start = System.nanoTime();
    for (int worker = 0; worker < workers; worker++) {
      new Thread(() -> runAll(session, batch, runs, done, failure), "moe-benchmark-" + worker)
          .start();
    }
    done.await();
    double elapsed = (System.nanoTime() - start) / NANOS;
    if (failure.get() != null) {
      throw failure.get();
    }
    return workers * runs * (double) batch.tokens() / elapsed;
  }

  private static void runAll(
      OnnxSession session,
      SampleBatch batch,
      int runs,
      CountDownLatch done,
      AtomicReference<RuntimeException> failure) {
    try {
      for (int run = 0; run < runs; run++) {
        session.run(batch.batch(), NomicGraph.OUTPUT);
      }
    } catch (RuntimeException e) {
      failure.set(e);
    } finally {
      done.countDown();
    }
  }
}
