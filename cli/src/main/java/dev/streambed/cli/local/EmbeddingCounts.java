package dev.streambed.cli.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;

/**
 * Counts of embeddings and dead letters of a cluster in this JVM, summed over task slots and
 * restarts. Thread-safe: Flink adds and removes the metrics, another thread shows progress.
 */
public final class EmbeddingCounts {
  private static final Set<String> COUNTERS = Set.of("texts", "tokens", "truncations", "failures");

  @GuardedBy("this")
  private final Set<Named> live = new HashSet<>();

  /** The counts of operators that have ended. */
  @GuardedBy("this")
  private Reading ended = new Reading(0, 0, 0, 0, 0, 0);

  @GuardedBy("this")
  private final Set<Named> liveReasons = new HashSet<>();

  @GuardedBy("this")
  private DeadLetterCounts endedReasons = DeadLetterCounts.NONE;

  private record Named(String name, Metric metric) {}

  /**
   * The counts at one moment.
   *
   * @param texts embedded; a text counts again when it is embedded again after a restart
   * @param tokens embedded
   * @param truncations embedded texts whose end was cut off
   * @param failures texts rejected
   * @param p50Micros median time from entering the operator to the result, of the last texts
   * @param p99Micros its 99th percentile
   */
  public record Reading(
      long texts, long tokens, long truncations, long failures, long p50Micros, long p99Micros) {

    private Reading plus(String name, long count) {
      return switch (name) {
        case "texts" ->
            new Reading(texts + count, tokens, truncations, failures, p50Micros, p99Micros);
        case "tokens" ->
            new Reading(texts, tokens + count, truncations, failures, p50Micros, p99Micros);
        case "truncations" ->
            new Reading(texts, tokens, truncations + count, failures, p50Micros, p99Micros);
        case "failures" ->
            new Reading(texts, tokens, truncations, failures + count, p50Micros, p99Micros);
        default -> throw new IllegalArgumentException("Unknown counter " + name);
      };
    }
  }

  synchronized void add(String name, Metric metric) {
    if (metric instanceof Histogram || COUNTERS.contains(name)) {
      live.add(new Named(name, metric));
    }
  }

  synchronized void remove(String name, Metric metric) {
    if (live.remove(new Named(name, metric)) && metric instanceof Counter counter) {
      ended = ended.plus(name, counter.getCount());
    }
  }

  /** A counter of the dead letters that have this reason. */
  synchronized void addReason(String reason, Metric counter) {
    liveReasons.add(new Named(reason, counter));
  }

  synchronized void removeReason(String reason, Metric counter) {
    Named named = new Named(reason, counter);
    if (liveReasons.remove(named)) {
      endedReasons = plus(endedReasons, named);
    }
  }

  synchronized DeadLetterCounts deadLetters() {
    DeadLetterCounts sum = endedReasons;
    for (Named named : liveReasons) {
      sum = plus(sum, named);
    }
    return sum;
  }

  private static DeadLetterCounts plus(DeadLetterCounts sum, Named named) {
    return named.metric instanceof Counter counter && counter.getCount() > 0
        ? sum.plus(named.name, counter.getCount())
        : sum;
  }

  synchronized Reading read() {
    Reading sum = ended;
    long[] latencies = new long[0];
    for (Named named : live) {
      if (named.metric instanceof Counter counter) {
        sum = sum.plus(named.name, counter.getCount());
      } else if (named.metric instanceof Histogram histogram) {
        latencies = concat(latencies, histogram.getStatistics().getValues());
      }
    }
    Arrays.sort(latencies);
    return new Reading(
        sum.texts,
        sum.tokens,
        sum.truncations,
        sum.failures,
        quantile(latencies, 0.50),
        quantile(latencies, 0.99));
  }

  private static long[] concat(long[] first, long[] second) {
    long[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /**
   * The smallest value that at least this share of the sorted values does not exceed; 0 if there
   * are none.
   */
  private static long quantile(long[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) Math.ceil(share * sorted.length) - 1];
  }
}
