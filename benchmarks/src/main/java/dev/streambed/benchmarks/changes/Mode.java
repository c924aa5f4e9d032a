package dev.streambed.benchmarks.changes;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.benchmarks.report.Turns;
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

  void describeIn(Configuration file) {
    file.setString("streambed.changes.mode", option);
  }

  /** Measures the job in each mode, in turns. */
  static Map<Mode, Measurement> measure(
      String what, String unit, int rounds, Consumer<String> progress, Turns.Run<Mode> run)
      throws Exception {
    return new Turns(rounds, unit, line -> progress.accept(what + ": " + line))
        .measure(List.of(values()), Mode::toString, run);
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
