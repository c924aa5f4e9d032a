package dev.streambed.benchmarks.moe;

import dev.streambed.benchmarks.encoder.Agreement;
import dev.streambed.benchmarks.encoder.StreambedContestant;
import dev.streambed.benchmarks.gguf.GgufType;
import dev.streambed.benchmarks.gguf.NomicGguf;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.setup.PeerPrograms;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.TextTokenizer;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The same weights in Streambed and in llama.cpp, with 32, 16 and 8 bits: vectors first, then speed
 * in turns, time to load and memory. Each model has a process of its own; all are there at a time.
 */
final class LlamaComparison {
  private static final String PEER = "llama-cpp";
  private static final long SEED = 20_26_11_30;
  private static final int WORDS_FROM = 2_000; // texts of the demo

  /** Tokens of a call of llama.cpp; "one" is a text per call. */
  private static final List<String> CALLS = List.of("one", "512", "1024");

  private final MoeModels models;
  private final Path work;
  private final int rounds;
  private final int threads;
  private final ComparisonFindings findings = new ComparisonFindings();
  private final Map<String, Path> files = new LinkedHashMap<>(); // by name of a contestant
  private Path program = Path.of("");

  /**
   * @param work folder for copies, models and programs
   * @param threads that each model may use
   */
  LlamaComparison(MoeModels models, Path work, int rounds, int threads) {
    this.models = models;
    this.work = work;
    this.rounds = rounds;
    this.threads = threads;
  }

  /** Measures all, once llama.cpp was fetched. */
  BenchmarkReport run() throws IOException, InterruptedException {
    Path tokenizer = prepare();
    Iterator<String> words = words();
    var random = new Random(SEED);
    for (TextLengths lengths : TextLengths.values()) {
      TextLengths.Sample sample;
      try (TextTokenizer tokens = TextTokenizer.open(tokenizer, 512)) {
        sample = lengths.cut(words, text -> tokens.tokenise(text).length(), random);
      }
      compare(lengths, sample);
    }
    return findings.report(rounds, threads, models.describe());
  }

  boolean allReached() {
    return findings.allReached();
  }

  /**
   * Fetches llama.cpp, without which all else is in vain.
   *
   * @throws IOException if it cannot be had; the message says why and what it takes
   */
  void fetch() throws IOException, InterruptedException {
    Files.createDirectories(work);
    try {
      PeerPrograms.run(List.of("node", "--version"), work, "node");
      program = PeerPrograms.npm(PEER, work, Progress::say).resolve("peer.mjs");
    } catch (IOException e) {
      throw new IOException(
          "Cannot fetch llama.cpp: %s. It takes Node.js 20 or newer, npm, and npm's registry or cache."
              .formatted(e.getMessage()),
          e);
    }
  }

  /** Writes the models in all forms; gives their tokenizer.json. */
  private Path prepare() throws IOException {
    Progress.say("Copying the checkpoint, with the bias of experts at zero");
    Checkpoint checkpoint =
        Checkpoint.open(
            UnbiasedCheckpoint.copy(
                Checkpoint.open(models.checkpoint()), work.resolve("checkpoint")));
    var unbiased = new MoeModels(work, checkpoint.weightsFile().getParent());
    for (Precision precision : List.of(Precision.FP32, Precision.INT8)) {
      Path folder = work.resolve(precision.toString());
      unbiased.importModel(precision, folder.resolve("streambed")); // as ModelFiles names it
      files.put("Streambed " + precision, folder);
    }
    for (GgufType type : List.of(GgufType.F16, GgufType.Q8_0)) {
      Path file = work.resolve(type.label() + ".gguf");
      Progress.say("Writing " + file);
      NomicGguf.write(checkpoint, type, file);
      files.put("llama.cpp " + type.label(), file);
    }
    return checkpoint.tokenizerFile();
  }

  private static Iterator<String> words() throws IOException {
    List<String> words = new ArrayList<>();
    for (String text : new SampleTexts().spread(WORDS_FROM)) {
      words.addAll(List.of(text.strip().split("\\s+", -1)));
    }
    return words.iterator();
  }

  private void compare(TextLengths lengths, TextLengths.Sample sample)
      throws IOException, InterruptedException {
    Path texts = Files.write(work.resolve(lengths.label() + ".txt"), sample.texts());
    List<ComparedModel> contestants = new ArrayList<>();
    try {
      for (String name : files.keySet()) {
        Progress.say(lengths.describe() + ": starting " + name);
        contestants.add(start(name, texts, sample));
      }
      for (ComparedModel each : contestants) {
        Progress.say(lengths.describe() + ": trying variants of " + each.name());
        each.chooseVariant();
      }
      Map<ComparedModel, Agreement> agreements = new LinkedHashMap<>();
      float[][] reference = contestants.get(0).vectors(work);
      for (ComparedModel each : contestants) {
        Progress.say(lengths.describe() + ": checking vectors of " + each.name());
        Agreement agreement = Agreement.of(each.vectors(work), reference);
        Progress.say("  cosine, lowest / mean: " + agreement.describe());
        agreements.put(each, agreement);
      }
      for (int round = 1; round <= rounds; round++) {
        Progress.say("%s: round %d of %d".formatted(lengths.describe(), round, rounds));
        List<ComparedModel> order = new ArrayList<>(contestants);
        Collections.rotate(order, 1 - round); // so that none always follows the same one
        for (ComparedModel each : order) {
          Progress.say(
              "  %s: %s tokens/s".formatted(each.name(), BenchmarkReport.number(each.measure())));
        }
      }
      findings.add(lengths, agreements);
    } finally {
      contestants.forEach(ComparedModel::close);
    }
  }

  private ComparedModel start(String name, Path texts, TextLengths.Sample sample)
      throws IOException {
    Path file = files.get(name);
    boolean isOurs = name.startsWith("Streambed");
    List<String> command = new ArrayList<>(isOurs ? java() : List.of("node", program.toString()));
    command.addAll(List.of(texts.toString(), String.valueOf(file)));
    if (!isOurs) {
      command.add(Integer.toString(threads));
    }
    return ComparedModel.start(name, isOurs ? List.of("default") : CALLS, command, sample, work);
  }

  private List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:ActiveProcessorCount=" + threads, // the workers of the batcher
        "-cp",
        System.getProperty("java.class.path"),
        StreambedContestant.class.getName());
  }
}
