package dev.streambed.benchmarks.moe;

import dev.streambed.benchmarks.contestant.ContestantProcess;
import dev.streambed.benchmarks.contestant.ContestantProcess.Memory;
import dev.streambed.benchmarks.encoder.Agreement;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Measurement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One model in a process of its own, and what was found about it with texts of one length. */
final class ComparedModel implements AutoCloseable {
  private static final double NANOS = 1e9;
  private static final double MINIMUM_SECONDS = 3; // of one measurement

  private final String name;
  private final List<String> variants;
  private final ContestantProcess process;
  private final double secondsToLoad;
  private final TextLengths.Sample sample;
  private final Map<String, Double> heats = new LinkedHashMap<>();
  private final List<Double> tokensPerSecond = new ArrayList<>();
  private String variant;

  private ComparedModel(
      String name,
      List<String> variants,
      ContestantProcess process,
      double secondsToLoad,
      TextLengths.Sample sample) {
    this.name = name;
    this.variants = variants;
    this.process = process;
    this.secondsToLoad = secondsToLoad;
    this.sample = sample;
    this.variant = variants.get(0);
  }

  /**
   * Starts a process; returns when it has embedded a text.
   *
   * @param variants to choose from; the first one embeds that text
   * @param work folder for its log
   */
  static ComparedModel start(
      String name,
      List<String> variants,
      List<String> command,
      TextLengths.Sample sample,
      Path work)
      throws IOException {
    long begin = System.nanoTime();
    String log = name.replace(' ', '-');
    ContestantProcess process = ContestantProcess.start(log, command, Map.of(), work);
    process.pass(1, variants.get(0));
    double seconds = (System.nanoTime() - begin) / NANOS;
    return new ComparedModel(name, variants, process, seconds, sample);
  }

  String name() {
    return name;
  }

  /** Tries each variant, which warms it up too, and keeps the fastest. */
  void chooseVariant() throws IOException {
    for (String each : variants) {
      heats.put(each, rate(each));
    }
    variant = Collections.max(heats.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  float[][] vectors(Path work) throws IOException {
    return process.vectors(variant, sample.texts().size(), work.resolve("vectors.bin"));
  }

  /** Takes its turn in a round; gives the tokens per second. */
  double measure() throws IOException {
    double rate = rate(variant);
    tokensPerSecond.add(rate);
    return rate;
  }

  /** Tokens per second, one value per round. */
  Measurement rates(Agreement agreement) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("tokens per call", variants.size() == 1 ? "" : "best of " + tried());
    details.put("cosine to Streambed fp32, lowest / mean", agreement.describe());
    return new Measurement(name, tokensPerSecond, details);
  }

  /** From the start of the process to its first vector. */
  double secondsToLoad() {
    return secondsToLoad;
  }

  Memory memory() throws IOException {
    return process.memory();
  }

  Map<String, String> facts() {
    return process.facts();
  }

  private double rate(String each) throws IOException {
    double seconds = 0;
    int passes = 0;
    while (seconds < MINIMUM_SECONDS) {
      seconds += process.pass(sample.texts().size(), each).seconds();
      passes++;
    }
    return passes * (double) sample.tokens() / seconds;
  }

  private String tried() {
    List<String> texts = new ArrayList<>();
    heats.forEach(
        (each, rate) -> {
          String text = "%s (%s)".formatted(each, BenchmarkReport.number(rate));
          texts.add(each.equals(variant) ? "**" + text + "**" : text);
        });
    return String.join(", ", texts);
  }

  @Override
  public void close() {
    process.close();
  }
}
