package dev.streambed.benchmarks.moe;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.model.Precision;
import dev.streambed.embedder.onnx.OnnxSession;
import dev.streambed.importer.nomic.checkpoint.Checkpoint;
import dev.streambed.importer.nomic.graph.AllExpertsFeedForward;
import dev.streambed.importer.nomic.graph.GraphOptions;
import dev.streambed.importer.nomic.graph.NomicGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code streambed benchmark moe}: what routing, packing and 8 bits are worth, and what memory and
 * time the model takes, on a checkpoint of the real shape. Figures that are compared with each
 * other come from alternating runs in one process.
 */
@Command(
    name = "moe",
    mixinStandardHelpOptions = true,
    description = {
      "Measures nomic-embed-text-v2-moe at its full size: routing against computing all experts, packing against padding,",
      "8 bits against 32, memory, import and load. Generates a checkpoint of the real shape (1.9 GB) where none is given."
    })
@Internal
public final class MoeBenchmark implements Callable<Integer> {
  private static final long SEED = 20_26_11_22;
  private static final double GIGA = 1e9;

  /** docs/nomic.md has it. */
  private static final String UNSIGNED_WEIGHTS = "streambed.unsigned-weights";

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "a checkpoint to measure instead of the generated one")
  private @Nullable Path givenCheckpoint;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "where the generated checkpoint and the imported models are kept (3.1 GB; default: ${DEFAULT-VALUE})")
  private Path work = Path.of("benchmarks", "target", "moe");

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "rounds of alternating runs (default: ${DEFAULT-VALUE})")
  private int rounds = 5;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "runs at a time, of one thread each (default: ${DEFAULT-VALUE})")
  private int workers = 2;

  @Option(
      names = "--peers",
      description =
          "Compare with llama.cpp instead, in 16 and 8 bits; fetched with npm, 725 MB (4 GB more in --work)")
  private boolean peers;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  private final MoeReport report = new MoeReport();

  @Override
  public Integer call() throws IOException, InterruptedException {
    var models = new MoeModels(work, givenCheckpoint);
    if (peers) {
      var comparison = new LlamaComparison(models, work.resolve("peers"), rounds, workers);
      try {
        comparison.fetch();
      } catch (IOException e) {
        Progress.say(String.valueOf(e.getMessage()));
        return 1;
      }
      write(comparison.run());
      return comparison.allReached() ? 0 : 1;
    }
    Checkpoint checkpoint = Checkpoint.open(models.checkpoint());
    MoeModels.Imported float32 = models.importModel(Precision.FP32);
    MoeModels.Imported int8 = models.importModel(Precision.INT8);
    report.atMost("import, 32-bit, self-check included", "s", 60, float32.seconds());
    report.figure("import, 8-bit, self-check included", "s", int8.seconds());

    layer(checkpoint);
    wholeModel(checkpoint, float32.model(), int8.model());
    sameExperts(checkpoint, models, int8.model());
    memory(float32.model(), Precision.FP32, 2.0);
    memory(int8.model(), Precision.INT8, 1.2);

    write(report.document(rounds, workers, models));
    return report.allReached() ? 0 : 1;
  }

  private void write(BenchmarkReport document) throws IOException {
    Path folder = document.write(results);
    System.out.println(document.summary());
    Progress.say("written to " + folder);
  }

  private void layer(Checkpoint checkpoint) throws InterruptedException {
    Progress.say("Routed layer against plain products");
    int tokens = 1024;
    var texts = SampleBatch.equalLengths(new Random(SEED), tokens / 64, 64, vocabulary(checkpoint));
    double gigaOperations =
        LayerGraphs.operationsPerToken(checkpoint.config()) * (double) tokens / GIGA;
    try (OnnxSession routed = open(checkpoint, LayerGraphs.routed(checkpoint));
        OnnxSession plain = open(checkpoint, LayerGraphs.plainProducts(checkpoint))) {
      Alternation speeds = alternate(routed, texts, plain, texts);
      report.speeds(
          "routed layer, 1024 tokens", "GFLOP/s", speeds.first(), gigaOperations / tokens);
      report.speeds("plain products", "GFLOP/s", speeds.second(), gigaOperations / tokens);
      report.atLeast("routed layer against plain products", "x", 0.85, speeds.ratios());
    }
  }

  private void wholeModel(Checkpoint checkpoint, ModelDirectory float32, ModelDirectory int8)
      throws InterruptedException {
    var random = new Random(SEED);
    int vocabulary = vocabulary(checkpoint);
    var even = SampleBatch.equalLengths(random, 16, 64, vocabulary);
    try (OnnxSession routed = OnnxSession.open(float32, 1)) {
      try (OnnxSession all =
          open(
              checkpoint,
              NomicGraph.referencing(
                  checkpoint, GraphOptions.DEFAULT, AllExpertsFeedForward::new))) {
        Progress.say("Routed against all experts");
        Alternation speeds = alternate(routed, even, all, even);
        report.speeds("whole model, 32-bit, routed, 1024 tokens", "tokens/s", speeds.first(), 1);
        report.speeds("whole model, 32-bit, all 8 experts", "tokens/s", speeds.second(), 1);
        report.atLeast("routed against all 8 experts", "x", 2.2, speeds.ratios());
      }
      Progress.say("Packed against padded");
      var mixed = SampleBatch.mixedLengths(random, 16, 8, 256, vocabulary);
      Alternation packing = alternate(routed, mixed, routed, mixed.paddingTakenForText());
      report.speeds("16 texts of 8 to 256 tokens, packed", "tokens/s", packing.first(), 1);
      report.speeds("the same, padding computed", "tokens/s", packing.second(), 1);
      report.atLeast("packed against padded", "x", 1.5, packing.ratios());

      try (OnnxSession quantised = OnnxSession.open(int8, 1)) {
        Progress.say("8 bits against 32");
        Alternation speeds = alternate(quantised, even, routed, even);
        report.speeds("whole model, 8-bit, 1024 tokens", "tokens/s", speeds.first(), 1);
        report.atLeast("8-bit against 32-bit", "x", 2.5, speeds.ratios());
        unsignedWeights(quantised, int8, even);
        MoeAgreement.cosines(quantised, routed, vocabulary, random, report);
        MoeAgreement.invariance(routed, Precision.FP32, vocabulary, random, report);
        MoeAgreement.invariance(quantised, Precision.INT8, vocabulary, random, report);
      }
    }
  }

  /** The way of processors without VNNI and AMX, on this one. */
  private void unsignedWeights(OnnxSession quantised, ModelDirectory int8, SampleBatch texts)
      throws InterruptedException {
    Progress.say("8 bits, signed against unsigned weights");
    System.setProperty(UNSIGNED_WEIGHTS, "true");
    try (OnnxSession unsigned = OnnxSession.open(int8, 1)) {
      Alternation speeds = alternate(quantised, texts, unsigned, texts);
      report.speeds("the same, weights kept unsigned", "tokens/s", speeds.second(), 1);
      report.figure("signed against unsigned weights", "x", speeds.ratios());
      MoeAgreement.sameBits(quantised, unsigned, texts, report);
    } finally {
      System.clearProperty(UNSIGNED_WEIGHTS);
    }
  }

  private void sameExperts(Checkpoint checkpoint, MoeModels models, ModelDirectory int8)
      throws IOException {
    Progress.say("8 bits against 32, with the same experts");
    ModelProto both =
        SharedRouting.of(
            NomicGraph.referencing(checkpoint, GraphOptions.DEFAULT),
            ModelProto.parseFrom(Files.readAllBytes(int8.graphFile())),
            checkpoint.config());
    Path weights = models.weightsOf(checkpoint, int8);
    try (OnnxSession session = OnnxSession.open(both.toByteArray(), weights, workers)) {
      MoeAgreement.cosinesWithTheSameExperts(
          session, vocabulary(checkpoint), new Random(SEED), report);
    }
  }

  private Alternation alternate(
      OnnxSession first, SampleBatch firstBatch, OnnxSession second, SampleBatch secondBatch)
      throws InterruptedException {
    return Alternation.run(first, firstBatch, second, secondBatch, workers, rounds);
  }

  private void memory(ModelDirectory model, Precision precision, double limit)
      throws IOException, InterruptedException {
    Progress.say("Memory of a process with the " + precision + " model");
    List<MemoryProbe.Stages> stages = new ArrayList<>();
    for (int process = 0; process < 3; process++) {
      stages.add(MemoryProbe.inOwnProcess(model.path()));
    }
    String name = precision == Precision.FP32 ? "32-bit" : "8-bit";
    report.atMost(
        "anonymous memory, " + name + ", loaded and warmed",
        "GB",
        limit,
        gigabytes(stages, MemoryProbe.Stages::warm));
    report.figure("of that, JVM", "GB", gigabytes(stages, MemoryProbe.Stages::jvm));
    report.figure("of that, tokeniser", "GB", gigabytes(stages, s -> s.tokenizer() - s.jvm()));
    report.figure(
        "of that, packed weights", "GB", gigabytes(stages, s -> s.session() - s.tokenizer()));
    report.figure("of that, arena", "GB", gigabytes(stages, s -> s.warm() - s.session()));
    report.figure(
        "file-backed besides, " + name, "GB", gigabytes(stages, MemoryProbe.Stages::files));
    report.atMost(
        "load and warm-up, " + name,
        "s",
        10,
        stages.stream().map(MemoryProbe.Stages::seconds).toList());
  }

  private static List<Double> gigabytes(
      List<MemoryProbe.Stages> stages,
      java.util.function.ToLongFunction<MemoryProbe.Stages> bytes) {
    return stages.stream().map(s -> bytes.applyAsLong(s) / GIGA).toList();
  }

  private static OnnxSession open(Checkpoint checkpoint, ModelProto graph) {
    return OnnxSession.open(graph.toByteArray(), checkpoint.weightsFile().getParent(), 1);
  }

  private static int vocabulary(Checkpoint checkpoint) {
    return checkpoint.config().vocabularyRows();
  }
}
