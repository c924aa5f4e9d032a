package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Collects what was found with texts of each length. */
final class MoeFindings {
  private static final double WANTED_OF_THE_LIMIT = 0.95;
  private static final double WANTED_OF_ONE_BY_ONE = 1.6;

  private final List<Section> speeds = new ArrayList<>();
  private final List<Measurement> ratios = new ArrayList<>();
  private final List<Measurement> memory = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();

  /**
   * @param rates tokens per second
   * @param cores that the process had meanwhile; 0 where that is not known
   * @param megabytes of the ways whose memory was measured
   */
  void add(
      TextLength length,
      Map<Way, Measurement> rates,
      Map<Way, List<Double>> cores,
      Map<Way, Measurement> megabytes) {
    List<Measurement> rows = new ArrayList<>();
    rates.forEach((way, rate) -> rows.add(row(way, rate, cores.getOrDefault(way, List.of()))));
    speeds.add(new Section(length.describe(), "tokens/s", rows, Chart.BARS));
    ratioRow(length, rates, Way.SHARED, Way.SLOTS);
    ratioRow(length, rates, Way.WORKERS, Way.SLOTS);
    ratioRow(length, rates, Way.SLOTS, Way.ONE_BY_ONE);
    ratioRow(length, rates, Way.SLOTS, Way.LIMIT);
    megabytes.forEach((way, found) -> memory.add(named(nameOf(way, length), found)));
    target(length, rates, "the limit", WANTED_OF_THE_LIMIT, Way.LIMIT);
    if (length == TextLength.SHORT) {
      target(length, rates, "one text per call", WANTED_OF_ONE_BY_ONE, Way.ONE_BY_ONE);
    }
  }

  private void ratioRow(TextLength length, Map<Way, Measurement> rates, Way one, Way other) {
    String name = "%s / %s, %s".formatted(one.label(), other.label(), length);
    ratio(rates, one, other).ifPresent(found -> ratios.add(named(name, found)));
  }

  private void target(
      TextLength length, Map<Way, Measurement> rates, String what, double wanted, Way other) {
    ratio(rates, Way.SLOTS, other)
        .ifPresent(
            found ->
                targets.add(
                    Target.atLeast(
                        "pipeline against %s, %s texts".formatted(what, length), wanted, found)));
  }

  private static Optional<Measurement> ratio(Map<Way, Measurement> rates, Way one, Way other) {
    Measurement first = rates.get(one);
    Measurement second = rates.get(other);
    return first == null || second == null
        ? Optional.empty()
        : Optional.of(BenchmarkReport.ratio("", first, second));
  }

  private static Measurement row(Way way, Measurement rate, List<Double> cores) {
    List<Double> perCore = new ArrayList<>();
    for (int i = 0; i < cores.size(); i++) {
      if (cores.get(i) > 0) {
        perCore.add(rate.values().get(i) / cores.get(i));
      }
    }
    Map<String, String> details = new LinkedHashMap<>();
    if (!perCore.isEmpty()) {
      details.put("tokens per CPU second", spread(perCore));
      details.put("cores", spread(cores));
    }
    return new Measurement(way.label(), rate.values(), details);
  }

  private static String spread(List<Double> values) {
    return BenchmarkReport.withSpread(Measurement.of("", values));
  }

  private static String nameOf(Way way, TextLength length) {
    return way.label() + ", " + length;
  }

  private static Measurement named(String name, Measurement measured) {
    return new Measurement(name, measured.values(), measured.details());
  }

  Findings all() {
    List<Section> sections = new ArrayList<>(speeds);
    if (!ratios.isEmpty()) {
      sections.add(new Section("Round by round", "times", ratios, Chart.NONE));
    }
    if (!memory.isEmpty()) {
      sections.add(
          new Section(
              "Anonymous memory of a process with these sessions", "MB", memory, Chart.NONE));
    }
    return new Findings(
        sections,
        targets,
        List.of(
            "The limit has texts that are tokenised, sorted and cut into batches of the job's token budget beforehand.",
            "Tokens per CPU second and cores are those of this process, without the broker.",
            "Memory is what the model takes in a process with a small heap that embeds some thousand tokens, less that of the idle JVM."));
  }
}
