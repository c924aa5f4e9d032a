package dev.streambed.cli.local;

import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.annotation.Internal;

/**
 * Counts of dead letters by reason. A record counts again if it becomes a dead letter again after a
 * restart.
 */
@Internal
public record DeadLetterCounts(Map<String, Long> byReason) {
  public static final DeadLetterCounts NONE = new DeadLetterCounts(Map.of());

  public DeadLetterCounts {
    byReason = Map.copyOf(byReason);
  }

  public DeadLetterCounts plus(String reason, long records) {
    Map<String, Long> sum = new TreeMap<>(byReason);
    sum.merge(reason, records, Long::sum);
    return new DeadLetterCounts(sum);
  }

  public long total() {
    return byReason.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Their share of all records that led to an embedding or to a dead letter; 0 if there are none.
   */
  public double shareBeside(long embedded) {
    long all = total() + embedded;
    return all == 0 ? 0 : (double) total() / all;
  }

  /** As in "37 dead letters (INVALID_JSON 30, BLANK 7)", the most frequent reason first. */
  @Override
  public String toString() {
    String reasons =
        byReason.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .map(entry -> String.format(Locale.ROOT, "%s %,d", entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%,d dead letter%s%s",
        total(),
        total() == 1 ? "" : "s",
        reasons.isEmpty() ? "" : " (" + reasons + ")");
  }
}
