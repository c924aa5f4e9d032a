package dev.streambed.benchmarks.report;

import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/**
 * One figure, measured several times.
 *
 * @param name of what was measured
 * @param values one per round, at least one
 * @param details further columns of its row, by their headings
 */
@Internal
public record Measurement(String name, List<Double> values, Map<String, String> details) {
  public Measurement {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("Measurement '" + name + "' has no values.");
    }
    values = List.copyOf(values);
  }

  public static Measurement of(String name, List<Double> values) {
    return new Measurement(name, values, Map.of());
  }

  /** The middle value; the mean of the two middle ones if their number is even. */
  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  double minimum() {
    return values.stream().mapToDouble(value -> value).min().orElseThrow();
  }

  double maximum() {
    return values.stream().mapToDouble(value -> value).max().orElseThrow();
  }
}
