package dev.streambed.benchmarks.encoder;

import dev.streambed.benchmarks.contestant.ContestantProcess;
import dev.streambed.benchmarks.contestant.ContestantProcess.Pass;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Measurement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One way to embed, and what was found about it: a row of the encoder's result. */
final class Row {
  // Enough to choose between variants: they differ by more than the noise, or the choice is moot.
  private static final int TEXTS_OF_A_HEAT = 100;
  private static final int HEATS = 2;

  private final String name;
  private final Peer peer;
  private final ContestantProcess process;
  private final List<String> variants;
  private final Map<String, Double> heats = new LinkedHashMap<>();
  private final List<Double> textsPerSecond = new ArrayList<>();
  private final List<Double> heapBytesPerText = new ArrayList<>();
  private String variant;
  private int dimensions;
  private Optional<Agreement> agreement = Optional.empty();

  /**
   * @param variants to choose from, such as batch sizes; at least one
   */
  Row(String name, Peer peer, ContestantProcess process, List<String> variants) {
    this.name = name;
    this.peer = peer;
    this.process = process;
    this.variants = variants;
    this.variant = variants.get(0);
  }

  /** The rows of a contestant. */
  static List<Row> of(Peer peer, ContestantProcess process) {
    List<String> batchSizes = List.of("1", "4", "8", "16", "32");
    return switch (peer) {
      case LIMIT ->
          List.of(new Row("limit: raw ONNX Runtime", peer, process, LimitContestant.variants()));
      case STREAMBED ->
          List.of(new Row("Streambed MicroBatcher", peer, process, List.of("default")));
      case LANGCHAIN4J ->
          List.of(
              new Row("langchain4j one by one", peer, process, List.of("one-by-one")),
              new Row("langchain4j embedAll", peer, process, List.of("all")));
      case SPRING_AI -> List.of(new Row("Spring AI", peer, process, batchSizes));
      case TRANSFORMERS_JS -> List.of(new Row("transformers.js", peer, process, batchSizes));
    };
  }

  String name() {
    return name;
  }

  Peer peer() {
    return peer;
  }

  /** Tries each variant, which warms it up too, and keeps the fastest. */
  void chooseVariant(int texts) throws IOException {
    int count = Math.min(texts, TEXTS_OF_A_HEAT);
    for (int heat = 0; heat < HEATS; heat++) {
      for (String each : variants) {
        heats.merge(each, count / process.pass(count, each).seconds(), Math::max);
      }
    }
    variant = Collections.max(heats.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  /** Holds its vectors against those of single texts. */
  Agreement checkVectors(float[][] reference, Path work) throws IOException {
    float[][] vectors = process.vectors(variant, reference.length, work.resolve("vectors.bin"));
    Agreement found = Agreement.of(vectors, reference);
    dimensions = vectors[0].length;
    agreement = Optional.of(found);
    return found;
  }

  /** Takes its turn in a round. */
  void measure(int texts) throws IOException {
    Pass pass = process.pass(texts, variant);
    textsPerSecond.add(texts / pass.seconds());
    if (pass.heapBytes() >= 0) {
      heapBytesPerText.add((double) pass.heapBytes() / texts - vectorBytes());
    }
  }

  /** Bytes of a float[]: 16 of its header, then its elements. */
  private double vectorBytes() {
    return 16 + dimensions * Float.BYTES;
  }

  /** Texts per second; empty if its vectors are not those of the model. */
  Optional<Measurement> rate() {
    return counts() && !textsPerSecond.isEmpty()
        ? Optional.of(new Measurement(name, textsPerSecond, details()))
        : Optional.empty();
  }

  /** Bytes allocated on the heap per text beyond its vector; empty if not known. */
  Optional<Measurement> heap() {
    return counts() && !heapBytesPerText.isEmpty()
        ? Optional.of(Measurement.of(name, heapBytesPerText))
        : Optional.empty();
  }

  private boolean counts() {
    return agreement.map(Agreement::counts).orElse(false);
  }

  private Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("variant", variants.size() == 1 ? "" : "best of " + tried());
    details.put(
        "cosine to single texts, lowest / mean", agreement.map(Agreement::describe).orElse(""));
    details.put("onnxruntime", process.facts().getOrDefault("onnxruntime", ""));
    return details;
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
}
