package dev.streambed.benchmarks.moe;

import dev.streambed.benchmarks.report.Machine;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Collects the figures of the benchmark and says which targets they reach. */
final class MoeReport {
  private final List<Row> rows = new ArrayList<>();

  /**
   * One figure.
   *
   * @param target as words, empty if there is none
   * @param values one or more measurements
   */
  private record Row(
      String name, String unit, String target, boolean reached, List<Double> values) {}

  void figure(String name, String unit, List<Double> values) {
    rows.add(new Row(name, unit, "", true, List.copyOf(values)));
  }

  /**
   * Speeds that were measured in tokens per second.
   *
   * @param perToken how much of {@code unit} one token is
   */
  void speeds(String name, String unit, List<Double> tokensPerSecond, double perToken) {
    figure(name, unit, tokensPerSecond.stream().map(speed -> speed * perToken).toList());
  }

  void atLeast(String name, String unit, double target, List<Double> values) {
    String words = "at least " + number(target);
    rows.add(new Row(name, unit, words, median(values) >= target, List.copyOf(values)));
  }

  void atMost(String name, String unit, double target, List<Double> values) {
    String words = "at most " + number(target);
    rows.add(new Row(name, unit, words, median(values) <= target, List.copyOf(values)));
  }

  boolean allReached() {
    return rows.stream().allMatch(Row::reached);
  }

  String markdown() {
    var table = new StringBuilder("| what | median | lowest to highest | target | |\n");
    table.append("|---|---:|---|---|---|\n");
    for (Row row : rows) {
      double low = row.values.stream().mapToDouble(v -> v).min().orElseThrow();
      double high = row.values.stream().mapToDouble(v -> v).max().orElseThrow();
      String spread = row.values.size() == 1 ? "" : "%s to %s".formatted(number(low), number(high));
      String verdict = row.target.isEmpty() ? "" : row.reached ? "reached" : "**missed**";
      table.append(
          "| %s | %s %s | %s | %s | %s |\n"
              .formatted(
                  row.name, number(median(row.values)), row.unit, spread, row.target, verdict));
    }
    return table.toString();
  }

  /** The table with all that is needed to repeat it. */
  String document(int rounds, int workers, MoeModels models) {
    return """
        # nomic-embed-text-v2-moe at its full size

        %s
        Medians of %d alternating rounds in one process, %d runs at a time of one thread each; memory and load: of 3 processes.

        | | |
        |---|---|
        | command | `./streambed benchmark moe --rounds %d --workers %d` |
        | model | %s |
        | date | %s |
        | machine | %s |
        """
        .formatted(
            markdown(),
            rounds,
            workers,
            rounds,
            workers,
            models.describe(),
            Instant.now().truncatedTo(ChronoUnit.SECONDS),
            Machine.ofThisProcess().describe());
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String number(double value) {
    if (Math.abs(value) >= 100) {
      return String.format(Locale.ROOT, "%.0f", value);
    }
    return Math.abs(value) >= 0.99 && Math.abs(value) < 1
        ? String.format(Locale.ROOT, "%.5f", value)
        : String.format(Locale.ROOT, "%.3g", value);
  }
}
