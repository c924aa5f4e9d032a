package dev.streambed.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Measures ways of doing something in rounds. In each round all take their turn, so that what else
 * happens on the machine happens to all.
 *
 * @param unit of the rates
 */
public record Turns(int rounds, String unit, Consumer<String> progress) {

  /** One run of one way. */
  public interface Run<W> {
    /** How fast it was, in the unit. */
    double rate(W way, int round) throws Exception;
  }

  /**
   * Measures all ways, in this order.
   *
   * @param label a way's name in the report
   */
  public <W> Map<W, Measurement> measure(List<W> ways, Function<W, String> label, Run<W> run)
      throws Exception {
    Map<W, List<Double>> rates = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (W way : ways) {
        progress.accept("round %d of %d: %s".formatted(round, rounds, label.apply(way)));
        double rate = run.rate(way, round);
        progress.accept("  %s %s".formatted(BenchmarkReport.number(rate), unit));
        rates.computeIfAbsent(way, unused -> new ArrayList<>()).add(rate);
      }
    }
    Map<W, Measurement> measured = new LinkedHashMap<>();
    rates.forEach((way, values) -> measured.put(way, Measurement.of(label.apply(way), values)));
    return measured;
  }
}
