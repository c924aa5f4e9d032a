package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.benchmarks.pipeline.PipelineRun.Watcher;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.embedder.onnx.TextTokenizer;
import dev.streambed.embedder.onnx.TokenBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What ONNX Runtime does with these texts when nothing else is done: they are known beforehand,
 * tokenised, sorted, and cut into batches of the job's token budget without padding; a thread per
 * core runs them in a loop, all in one session with the job's options.
 */
final class SessionLimit {
  private static final long SEED = 1;
  private static final double NANOS = 1e9;

  private final ModelDirectory model;
  private final int threads;
  private final List<Batch> batches;

  private record Batch(TokenBatch ids, int tokens) {}

  private SessionLimit(ModelDirectory model, int threads, List<Batch> batches) {
    this.model = model;
    this.threads = threads;
    this.batches = batches;
  }

  static SessionLimit of(
      ModelDirectory model, List<String> texts, TextTokenizer tokenizer, int threads) {
    List<TokenIds> longestFirst =
        texts.stream()
            .map(tokenizer::tokenise)
            .sorted(Comparator.comparingInt(TokenIds::length).reversed())
            .toList();
    List<Batch> batches = new ArrayList<>();
    List<TokenIds> batch = new ArrayList<>();
    int tokens = 0;
    for (TokenIds text : longestFirst) {
      if (!batch.isEmpty()
          && (tokens + text.length() > BatchPolicy.DEFAULT.maxTokens()
              || batch.size() == BatchPolicy.DEFAULT.maxRecords())) {
        batches.add(new Batch(TokenBatch.pad(batch), tokens));
        batch = new ArrayList<>();
        tokens = 0;
      }
      batch.add(text);
      tokens += text.length();
    }
    batches.add(new Batch(TokenBatch.pad(batch), tokens));
    // So that a part of a pass has long and short texts.
    Collections.shuffle(batches, new Random(SEED));
    return new SessionLimit(model, threads, batches);
  }

  /**
   * Runs the batches over and over.
   *
   * @param warmUp not measured
   * @return tokens per second
   */
  double rate(Duration warmUp, Duration window, Watcher watcher) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (OnnxSession session = OnnxSession.open(model, /* intraOpThreads= */ 1)) {
      var next = new AtomicInteger();
      var unused = rate(pool, session, next, warmUp);
      watcher.windowBegins();
      double rate = rate(pool, session, next, window);
      watcher.windowEnds();
      return rate;
    } finally {
      pool.shutdown();
    }
  }

  private double rate(
      ExecutorService pool, OnnxSession session, AtomicInteger next, Duration duration)
      throws Exception {
    List<Callable<Double>> loops =
        Collections.nCopies(threads, () -> rateOfThread(session, next, duration));
    double sum = 0;
    for (Future<Double> rate : pool.invokeAll(loops)) {
      sum += rate.get();
    }
    return sum;
  }

  private double rateOfThread(OnnxSession session, AtomicInteger next, Duration duration) {
    long start = System.nanoTime();
    long tokens = 0;
    do {
      Batch batch = batches.get(Math.floorMod(next.getAndIncrement(), batches.size()));
      session.run(batch.ids, model.description().output());
      tokens += batch.tokens;
    } while (System.nanoTime() - start < duration.toNanos());
    return tokens / ((System.nanoTime() - start) / NANOS);
  }
}
