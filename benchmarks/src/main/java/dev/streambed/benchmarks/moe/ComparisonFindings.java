package dev.streambed.benchmarks.moe;

import dev.streambed.benchmarks.contestant.ContestantProcess.Memory;
import dev.streambed.benchmarks.encoder.Agreement;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.report.Measurement;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes sections and targets out of a comparison with llama.cpp. */
final class ComparisonFindings {
  private static final double GIGA = 1e9;

  // Positions among the contestants.
  private static final int FP32 = 0;
  private static final int INT8 = 1;
  private static final int F16 = 2;
  private static final int Q8_0 = 3;

  private final List<Section> speeds = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final Map<String, List<Double>> seconds = new LinkedHashMap<>();
  private final Map<String, List<Double>> anonymous = new LinkedHashMap<>();
  private final Map<String, List<Double>> fileBacked = new LinkedHashMap<>();
  private final Map<String, String> versions = new LinkedHashMap<>();

  /**
   * Takes what was found with texts of one length.
   *
   * @param agreements of all models with the first one, in order: fp32, int8, f16, q8_0
   */
  void add(TextLengths lengths, Map<ComparedModel, Agreement> agreements) throws IOException {
    List<Measurement> rates = new ArrayList<>();
    for (Map.Entry<ComparedModel, Agreement> each : agreements.entrySet()) {
      ComparedModel model = each.getKey();
      rates.add(model.rates(each.getValue()));
      Memory memory = model.memory();
      add(seconds, model.name(), model.secondsToLoad());
      add(anonymous, model.name(), memory.anonymous() / GIGA);
      add(fileBacked, model.name(), memory.fileBacked() / GIGA);
      versions.putAll(model.facts());
    }
    speeds.add(new Section(capital(lengths.describe()), "tokens/s", rates, Chart.BARS));
    addTargets(lengths, rates, List.copyOf(agreements.values()));
  }

  private void addTargets(
      TextLengths lengths, List<Measurement> rates, List<Agreement> agreements) {
    targets.add(
        Target.atLeast(
            lengths.label()
                + ": mean cosine of fp32 and f16, which shows that both do the same work",
            0.999,
            single(agreements.get(F16).mean())));
    ratio(lengths.label() + ": fp32 against f16", 3.0, rates.get(FP32), rates.get(F16));
    ratio(lengths.label() + ": fp32 against q8_0", 1.7, rates.get(FP32), rates.get(Q8_0));
    if (lengths != TextLengths.LONG) {
      ratio(lengths.label() + ": int8 against q8_0", 6.0, rates.get(INT8), rates.get(Q8_0));
    }
    targets.add(
        Target.atLeast(
            lengths.label() + ": mean cosine of int8 to fp32, against that of q8_0",
            agreements.get(Q8_0).mean(),
            single(agreements.get(INT8).mean())));
  }

  private void ratio(String what, double wanted, Measurement ours, Measurement other) {
    targets.add(Target.atLeast(what, wanted, BenchmarkReport.ratio(what, ours, other)));
  }

  boolean allReached() {
    return targets.stream().allMatch(Target::reached);
  }

  BenchmarkReport report(int rounds, int threads, String model) {
    List<Section> sections = new ArrayList<>(speeds);
    sections.add(section("From the start of the process to the first vector", "s", seconds));
    sections.add(section("Anonymous memory of the process, warm", "GB", anonymous));
    sections.add(section("File-backed memory besides", "GB", fileBacked));
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("model", model + "; the bias of its experts is zero");
    settings.put("threads", "%d for each model, which takes its turn alone".formatted(threads));
    settings.putAll(versions);
    return new BenchmarkReport(
        "moe-peers",
        "nomic-embed-text-v2-moe against llama.cpp",
        "./streambed benchmark moe --peers --rounds %d --workers %d".formatted(rounds, threads),
        Instant.now(),
        Machine.ofThisProcess(),
        settings,
        sections,
        targets,
        List.of(
            "llama.cpp has no place for the bias of the experts: it is zero for all here.",
            "llama.cpp's binding for Node.js gives one vector per call: in calls of several texts, all are computed and one is read.",
            "Time and memory include the JVM and Node.js. Load and memory have one value per length of texts."));
  }

  private static Section section(String title, String unit, Map<String, List<Double>> values) {
    List<Measurement> measurements = new ArrayList<>();
    values.forEach((name, each) -> measurements.add(Measurement.of(name, each)));
    return new Section(title, unit, measurements, Chart.NONE);
  }

  private static void add(Map<String, List<Double>> values, String name, double value) {
    values.computeIfAbsent(name, unused -> new ArrayList<>()).add(value);
  }

  private static Measurement single(double value) {
    return Measurement.of("", List.of(value));
  }

  private static String capital(String text) {
    return Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
