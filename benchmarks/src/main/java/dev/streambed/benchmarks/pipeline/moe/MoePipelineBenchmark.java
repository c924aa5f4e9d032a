package dev.streambed.benchmarks.pipeline.moe;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.terminal.Progress;
import dev.streambed.embedder.model.ModelDirectory;
import dev.streambed.embedder.onnx.OnnxSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.annotation.Internal;

/** {@code streambed benchmark pipeline --model moe}: prepares the model, and reports. */
@Internal
public final class MoePipelineBenchmark {
  private final MoeOptions options;
  private final Asked asked;

  /**
   * What is to be measured.
   *
   * @param sample texts whose words the texts of each length are made of, as many as these
   * @param window measured of each run
   * @param command that repeats it
   */
  public record Asked(
      List<String> sample,
      int rounds,
      Duration window,
      List<Comparison> comparisons,
      String command) {
    public Asked {
      sample = List.copyOf(sample);
      comparisons = List.copyOf(comparisons);
    }
  }

  public MoePipelineBenchmark(MoeOptions options, Asked asked) {
    this.options = options;
    this.asked = asked;
  }

  /**
   * Measures all that was asked for.
   *
   * @param loadBefore the machine's load before this benchmark began
   */
  public BenchmarkReport measure(double loadBefore) throws Exception {
    Path work = Files.createDirectories(BenchmarkFolders.work());
    ModelDirectory model = options.importModel();
    int cores = Runtime.getRuntime().availableProcessors();
    List<String> words =
        asked.sample.stream().flatMap(text -> Arrays.stream(text.split(" ", -1))).toList();
    var pace = new PipelineRun.Pace(options.warmUp(), asked.window, options.checkpoints());
    try (KafkaBroker broker =
        KafkaBroker.start(more -> more.setProperty("log.segment.delete.delay.ms", "1000"))) {
      var surroundings =
          new MoePipeline.Surroundings(broker, cores, asked.sample.size(), words, work);
      Findings findings =
          new MoePipeline(surroundings, model, pace, Comparison.ways(asked.comparisons))
              .measure(options.lengths(), asked.rounds, Progress::say);
      return report(findings, loadBefore);
    }
  }

  private BenchmarkReport report(Findings findings, double loadBefore) {
    return findings.report(
        options.nameOf("pipeline"),
        "Pipeline: Kafka to Kafka, exactly once, %s %s"
            .formatted(MoeOptions.MODEL, options.precision()),
        asked.command,
        conditions(loadBefore));
  }

  private Map<String, String> conditions(double loadBefore) {
    Map<String, String> conditions = new LinkedHashMap<>();
    conditions.put("load average before", BenchmarkReport.number(loadBefore));
    conditions.put("model", options.describe());
    conditions.put("products of 8 bits", OnnxSession.byteProducts());
    conditions.put(
        "texts",
        "%d of each length, stretches of the demo's sample, in random order, over and over, each with a number and a key of its own; no prompt"
            .formatted(asked.sample.size()));
    conditions.put(
        "each run",
        "%d s after %d s of warm-up, from commit to commit, checkpoints every %d s, a slot per core unless said; broker on the same machine"
            .formatted(
                asked.window.toSeconds(),
                options.warmUp().toSeconds(),
                options.checkpoints().toSeconds()));
    conditions.putAll(OnnxRuntime.facts());
    return conditions;
  }
}
