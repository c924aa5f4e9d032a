package dev.streambed.embedder.calibration;

import dev.streambed.embedder.InferenceException;
import dev.streambed.embedder.TextEmbedder;
import dev.streambed.embedder.TokenIds;
import dev.streambed.embedder.batch.Workers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Measures how many tokens per second an embedder takes, with as many threads as it will have
 * later. Its threads end before each measurement returns. Confined to one thread.
 */
final class CalibrationRun {
  /** Rounds that the time is planned for; slow batches make them fewer. */
  private static final int ROUNDS = 3;

  /** Rounds that a candidate needs: the work of others disturbs some moments, not all. */
  private static final int FEWEST_ROUNDS = 2;

  /** The least gain over the default, so that chance does not choose: decision 0007. */
  private static final double MIN_GAIN = 1.05;

  // Some 60 tokens in most models, as paragraphs have.
  private static final String PARAGRAPH =
      "The people of the valley had built the mill beside the river long before the railway came, and when"
          + " the first train crossed the new bridge one morning in April, all of them stood along the bank"
          + " to see whether the old stones, which their grandfathers had set, would hold.";

  private final TextEmbedder embedder;
  private final int slots;
  private final Map<BatchTuning, List<Double>> tokensPerSecond = new LinkedHashMap<>();

  CalibrationRun(TextEmbedder embedder, int slots) {
    this.embedder = embedder;
    this.slots = slots;
  }

  /**
   * The fastest of the candidates, if it is clearly faster than the first; else the first. A
   * candidate that there was no time to measure twice is left out.
   */
  BatchTuning fastest(List<BatchTuning> candidates, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    // Half of the share of each, because a measurement ends with the batch that it has begun.
    long slice = limit.toNanos() / (2L * ROUNDS * candidates.size());
    List<BatchTuning> order = new ArrayList<>(candidates);
    for (int round = 0; round < ROUNDS; round++) {
      for (BatchTuning candidate : order) {
        long left = end - System.nanoTime();
        if (left > 0) {
          tokensPerSecond
              .computeIfAbsent(candidate, unused -> new ArrayList<>())
              .add(measure(candidate, Math.min(slice, left)));
        }
      }
      Collections.rotate(order, 1); // so that none always follows the same one
    }
    return choose(candidates, this::median, MIN_GAIN);
  }

  /** Speed of a candidate; 0 for one that must not be chosen. */
  interface Speed {
    double of(BatchTuning candidate);
  }

  static BatchTuning choose(List<BatchTuning> candidates, Speed speed, double minGain) {
    BatchTuning standard = candidates.get(0);
    double needed = speed.of(standard) * minGain;
    BatchTuning fastest = standard;
    for (BatchTuning candidate : candidates) {
      double found = speed.of(candidate);
      if (speed.of(standard) > 0 && found >= needed) {
        fastest = candidate;
        needed = Math.nextUp(found);
      }
    }
    return fastest;
  }

  /** For people: each candidate's median, fastest or not; 0 where there was no time. */
  String describe() {
    List<String> parts = new ArrayList<>();
    tokensPerSecond.forEach(
        (candidate, rates) ->
            parts.add(
                String.format(
                    Locale.ROOT,
                    "%d x %d: %.0f",
                    candidate.maxTokens(),
                    candidate.workers(),
                    median(candidate))));
    return String.join(", ", parts);
  }

  private double median(BatchTuning candidate) {
    List<Double> rates = new ArrayList<>(tokensPerSecond.getOrDefault(candidate, List.of()));
    if (rates.size() < FEWEST_ROUNDS) {
      return 0;
    }
    Collections.sort(rates);
    return rates.get((rates.size() - 1) / 2); // of two the slower
  }

  private double measure(BatchTuning candidate, long nanos) {
    TokenIds text = embedder.tokenise(PARAGRAPH, null);
    int texts = Math.max(1, candidate.maxTokens() / text.length());
    List<TokenIds> batch = Collections.nCopies(texts, text);
    LongAdder tokens = new LongAdder();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    long start = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < slots * candidate.workers(); i++) {
      Thread thread =
          new Thread(
              () -> {
                while (System.nanoTime() - start < nanos && failure.get() == null) {
                  embedder.embed(batch);
                  tokens.add((long) texts * text.length());
                }
              },
              "calibration-" + i);
      thread.setDaemon(true);
      thread.setUncaughtExceptionHandler((unused, e) -> failure.set(e));
      threads.add(thread);
    }
    threads.forEach(Thread::start);
    Workers.awaitEnd(threads); // the embedder is closed next, which no run may see
    Throwable failed = failure.get();
    if (failed != null) {
      throw new InferenceException("The runtime fails on texts of the calibration.", failed);
    }
    return tokens.sum() * 1e9 / (System.nanoTime() - start);
  }
}
