package dev.streambed.benchmarks.moe;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.report.Measurement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the figures of the benchmark, by their unit, and which targets they reach. */
final class MoeReport {
  private final Map<String, List<Measurement>> measurements = new LinkedHashMap<>();
  private final List<Target> targets = new ArrayList<>();

  void figure(String name, String unit, List<Double> values) {
    add(unit, Measurement.of(name, values));
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
    Measurement found = Measurement.of(name, values);
    add(unit, found);
    targets.add(Target.atLeast(name, target, found));
  }

  void atMost(String name, String unit, double target, List<Double> values) {
    Measurement found = Measurement.of(name, values);
    add(unit, found);
    targets.add(Target.atMost(name, target, found));
  }

  private void add(String unit, Measurement measurement) {
    measurements.computeIfAbsent(unit, unused -> new ArrayList<>()).add(measurement);
  }

  boolean allReached() {
    return targets.stream().allMatch(Target::reached);
  }

  BenchmarkReport document(int rounds, int workers, MoeModels models) {
    List<Section> sections = new ArrayList<>();
    measurements.forEach(
        (unit, figures) -> sections.add(new Section("In " + unit, unit, figures, Chart.BARS)));
    return new BenchmarkReport(
        "moe",
        "nomic-embed-text-v2-moe at its full size",
        "./streambed benchmark moe --rounds %d --workers %d".formatted(rounds, workers),
        Instant.now(),
        Machine.ofThisProcess(),
        Map.of("model", models.describe()),
        sections,
        targets,
        List.of(
            "Alternating rounds in one process, %d runs at a time of one thread each; memory and load are of 3 processes."
                .formatted(workers)));
  }
}
