package dev.streambed.benchmarks.changes;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;

/** A job that looks for changes in this way, or not. */
enum Mode {
  OFF("off"),
  SKIP("skip"),
  METADATA_ONLY("metadata-only");

  private final String option;

  Mode(String option) {
    this.option = option;
  }

  /** One run of a job. */
  interface Run {
    double rate(Mode mode, int round) throws Exception;
  }

  void describeIn(Configuration file) {
    file.setString("streambed.changes.mode", option);
  }

  /** Measures the job in each mode, in turns. */
  static Map<Mode, Measurement> measure(
      String what, String unit, int rounds, Consumer<String> progress, Run run) throws Exception {
    Map<Mode, List<Double>> rates = new EnumMap<>(Mode.class);
    for (int round = 1; round <= rounds; round++) {
      for (Mode mode : values()) {
        progress.accept("%s, round %d of %d: %s".formatted(what, round, rounds, mode));
        double rate = run.rate(mode, round);
        progress.accept("  %s %s".formatted(BenchmarkReport.number(rate), unit));
        rates.computeIfAbsent(mode, unused -> new ArrayList<>()).add(rate);
      }
    }
    Map<Mode, Measurement> measured = new EnumMap<>(Mode.class);
    rates.forEach((mode, values) -> measured.put(mode, Measurement.of(mode.toString(), values)));
    return measured;
  }

  /** A mode against none, side by side. */
  Target target(Map<Mode, Measurement> measured, String what, double wanted) {
    Measurement ours = measured.get(this);
    Measurement without = measured.get(OFF);
    if (ours == null || without == null) {
      throw new IllegalStateException("Nothing was measured.");
    }
    return Target.atLeast(
        "%s, %s against off".formatted(what, this),
        wanted,
        BenchmarkReport.ratio("", ours, without));
  }

  @Override
  public String toString() {
    return option;
  }
}
