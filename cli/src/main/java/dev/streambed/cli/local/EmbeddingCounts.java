package dev.streambed.cli.local;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;

/**
 * Counts of what became of the records of a cluster in this JVM, summed over task slots and
 * restarts. Thread-safe: Flink adds and removes the metrics, another thread shows progress.
 */
@Internal
public final class EmbeddingCounts {
  private static final String TEXTS = "texts";
  private static final String TOKENS = "tokens";
  private static final String TRUNCATIONS = "truncations";
  private static final String DOCUMENTS = "documents";
  private static final String EMBEDDINGS = "embeddings";
  private static final String TOMBSTONES = "tombstones";
  private static final String TOMBSTONES_OF_REJECTED = "tombstonesOfRejected";
  private static final String DELETIONS = "deletions";
  private static final String DELETIONS_OF_REJECTED = "deletionsOfRejected";
  private static final String SKIPPED = "skipped";
  private static final String INFERRED = "inferred";

  private static final Set<String> COUNTERS =
      Set.of(
          TEXTS,
          TOKENS,
          TRUNCATIONS,
          DOCUMENTS,
          EMBEDDINGS,
          TOMBSTONES,
          TOMBSTONES_OF_REJECTED,
          DELETIONS,
          DELETIONS_OF_REJECTED,
          SKIPPED,
          INFERRED);

  @GuardedBy("this")
  private final Set<Named> live = new HashSet<>();

  /** The counts of operators that have ended. */
  @GuardedBy("this")
  private Reading ended = Reading.NOTHING;

  @GuardedBy("this")
  private final Set<Named> liveReasons = new HashSet<>();

  @GuardedBy("this")
  private DeadLetterCounts endedReasons = DeadLetterCounts.NONE;

  private record Named(String name, Metric metric) {}

  /**
   * The counts at one moment.
   *
   * @param counters by their names; without those that count nothing yet
   * @param p50Micros median time from entering the operator to the result, of the last texts
   * @param p99Micros its 99th percentile
   */
  public record Reading(Map<String, Long> counters, long p50Micros, long p99Micros) {
    static final Reading NOTHING = new Reading(Map.of(), 0, 0);

    public Reading {
      counters = Map.copyOf(counters);
    }

    /** Texts embedded; one counts again when it is embedded again after a restart. */
    public long texts() {
      return count(TEXTS);
    }

    /** Tokens embedded. */
    public long tokens() {
      return count(TOKENS);
    }

    /** Embedded texts whose end was cut off. */
    public long truncations() {
      return count(TRUNCATIONS);
    }

    /** Records of which embeddings were written, of chunks or the whole text; again as texts. */
    public long documents() {
      return count(DOCUMENTS);
    }

    /**
     * Embeddings written; again after a restart, as texts. Fewer than these if the topic does not
     * take all.
     */
    public long embeddings() {
      return count(EMBEDDINGS);
    }

    /**
     * Tombstones written, of texts or chunks, but for those of dead letters; again after a restart,
     * as texts.
     */
    public long tombstones() {
      return count(TOMBSTONES) - count(TOMBSTONES_OF_REJECTED);
    }

    /** Records whose tombstones these are: of deletions, and of texts with fewer chunks now. */
    public long deletions() {
      return count(DELETIONS) - deletionsOfRejected();
    }

    /** Dead letters that have a tombstone beside them, or several; again after a restart. */
    public long deletionsOfRejected() {
      return count(DELETIONS_OF_REJECTED);
    }

    /** Records of which nothing is made; again after a restart, as texts. */
    public long skipped() {
      return count(SKIPPED);
    }

    /**
     * Records whose vectors the model gave, where the job looks for changes or splits texts; again
     * after a restart, as texts.
     */
    public long inferred() {
      return count(INFERRED);
    }

    private long count(String name) {
      return counters.getOrDefault(name, 0L);
    }

    private Reading plus(String name, long count) {
      Map<String, Long> sum = new HashMap<>(counters);
      sum.merge(name, count, Long::sum);
      return new Reading(sum, p50Micros, p99Micros);
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
    return new Reading(sum.counters, quantile(latencies, 0.50), quantile(latencies, 0.99));
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
