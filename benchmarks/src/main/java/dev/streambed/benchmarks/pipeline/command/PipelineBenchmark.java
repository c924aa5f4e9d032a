package dev.streambed.benchmarks.pipeline.command;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.pipeline.Ceiling;
import dev.streambed.benchmarks.pipeline.Decoding;
import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.LatencyUnderLoad;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.benchmarks.pipeline.Throughput;
import dev.streambed.benchmarks.pipeline.moe.Comparison;
import dev.streambed.benchmarks.pipeline.moe.MoeOptions;
import dev.streambed.benchmarks.pipeline.moe.MoePipelineBenchmark;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.terminal.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures Kafka to Kafka, exactly once: the job of Streambed against the limit of the machine and
 * against the job that people write today; with the small model also what it carries with a model
 * that costs nothing, and how long a text takes at several loads; with the large one also who
 * should share a session.
 */
@Internal
@Command(
    name = "pipeline",
    mixinStandardHelpOptions = true,
    description =
        "Kafka to Kafka exactly once, with all-MiniLM-L6-v2: throughput, ceiling with a free model, and latency. With nomic-embed-text-v2-moe: throughput, and who should share a session.")
public final class PipelineBenchmark implements Callable<Integer> {
  /**
   * Output keeps the order of input, so texts leave in bursts of up to what is tokenised ahead,
   * 4,096 tokens in each slot: little against what a slow model embeds in this time.
   */
  private static final int MOE_SECONDS = 120;

  private static final List<String> OF_MINILM =
      List.of("--ceiling-records", "--ways", "--most-words");

  /** The models there are figures of. */
  enum Model {
    minilm,
    moe
  }

  @Option(
      names = "--model",
      defaultValue = "minilm",
      description =
          "The model: ${COMPLETION-CANDIDATES}; moe is nomic-embed-text-v2-moe at its full size (default: ${DEFAULT-VALUE}).")
  private Model model = Model.minilm;

  @Option(
      names = "--texts",
      defaultValue = "600",
      description =
          "Texts of the sample that are sent over and over; with --model moe, of each length (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Runs of each job (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "<seconds>",
      description =
          "Seconds that each run is measured, after its warm-up (default: 20; with --model moe 120).")
  private @Nullable Integer givenSeconds;

  @Option(
      names = "--ceiling-records",
      defaultValue = "1000000",
      description =
          "Records for the free model; a run that comes to their end is measured over the second half of them (default: ${DEFAULT-VALUE}).")
  private int ceilingRecords;

  @Option(
      names = "--ways",
      paramLabel = "REGEX",
      description =
          "Ways of the ceiling to measure, as results call them, such as 'avro(, float32-bytes)?' (default: all).")
  private Pattern ways = Pattern.compile(".*");

  @Option(
      names = "--only",
      paramLabel = "<part>",
      split = ",",
      description =
          "Parts to run: ${COMPLETION-CANDIDATES} (default: all that the model has: throughput, ceiling and latency, or throughput and sharing).")
  private @Nullable List<Part> givenParts;

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Mixin private SampleTexts sample = new SampleTexts();

  @Mixin private MoeOptions moe = new MoeOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The parts that can be measured alone. */
  enum Part {
    throughput,
    ceiling,
    latency,
    sharing
  }

  @Override
  public Integer call() throws Exception {
    check(
        texts >= 1 && rounds >= 1 && seconds() >= 3 && ceilingRecords >= 1,
        "--texts, --rounds and --ceiling-records must be at least 1, --seconds at least 3.");
    checkModel();
    double loadBefore = Machine.loadAverage();
    BenchmarkReport report =
        switch (model) {
          case minilm ->
              report(
                  measure(PipelineSettings.prepare(sample, texts, Duration.ofSeconds(seconds()))),
                  loadBefore);
          case moe -> new MoePipelineBenchmark(moe, asked()).measure(loadBefore);
        };
    Path folder = report.write(results);
    System.out.println(report.summary());
    Progress.say("written to " + folder);
    return 0;
  }

  private void checkModel() {
    moe.check();
    List<String> others = model == Model.moe ? OF_MINILM : MoeOptions.NAMES;
    for (String option : others) {
      check(
          !spec.commandLine().getParseResult().hasMatchedOption(option),
          "%s has no effect with --model %s; remove it.".formatted(option, model));
    }
    for (Part part : parts()) {
      check(
          parts(model).contains(part),
          "There is no part %s with --model %s; it has %s."
              .formatted(part, model, names(parts(model), " and ")));
    }
  }

  private void check(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private MoePipelineBenchmark.Asked asked() throws IOException {
    List<Comparison> comparisons =
        parts().stream()
            .map(part -> part == Part.sharing ? Comparison.SHARING : Comparison.THROUGHPUT)
            .toList();
    return new MoePipelineBenchmark.Asked(
        sample.spread(texts), rounds, Duration.ofSeconds(seconds()), comparisons, command());
  }

  private int seconds() {
    return givenSeconds != null ? givenSeconds : model == Model.moe ? MOE_SECONDS : 20;
  }

  private static List<Part> parts(Model model) {
    return model == Model.moe
        ? List.of(Part.throughput, Part.sharing)
        : List.of(Part.throughput, Part.ceiling, Part.latency);
  }

  private List<Part> parts() {
    return givenParts != null ? givenParts : parts(model);
  }

  private static String names(List<Part> parts, String separator) {
    return String.join(separator, parts.stream().map(Part::name).toList());
  }

  private List<Findings> measure(PipelineSettings settings) throws Exception {
    List<Findings> findings = new ArrayList<>();
    // Deleted topics are to free the disk before the next run has filled it.
    try (KafkaBroker broker =
        KafkaBroker.start(more -> more.setProperty("log.segment.delete.delay.ms", "1000"))) {
      // The ceiling first: its many records bring all but the model to full speed, which a model's
      // few records per second would do within minutes only.
      if (parts().contains(Part.ceiling)) {
        findings.add(new Decoding(settings).measure(rounds, Progress::say));
        findings.add(
            new Ceiling(settings, broker, ceilingRecords, ways).measure(rounds, Progress::say));
      }
      if (parts().contains(Part.throughput)) {
        findings.add(new Throughput(settings, broker).measure(rounds, Progress::say));
      }
    }
    if (parts().contains(Part.latency)) {
      findings.add(new LatencyUnderLoad(settings).measure(Progress::say));
    }
    return findings;
  }

  private BenchmarkReport report(List<Findings> parts, double loadBefore) {
    Findings findings = Findings.of(parts);
    return findings.report(
        sample.nameOf("pipeline"),
        "Pipeline: Kafka to Kafka, exactly once, all-MiniLM-L6-v2 fp32",
        command(),
        conditions(loadBefore));
  }

  private Map<String, String> conditions(double loadBefore) {
    Map<String, String> conditions = new LinkedHashMap<>();
    conditions.put("load average before", BenchmarkReport.number(loadBefore));
    conditions.put(
        "texts",
        "%d %s, in random order, over and over, each with a number and a key of its own"
            .formatted(texts, sample.description()));
    conditions.put("longest text", ModelFiles.MAX_TOKENS + " tokens; the rest is cut off");
    conditions.put(
        "each run",
        "%d s after %d s of warm-up, from commit to commit, checkpoints every %d s, a slot per core; broker on the same machine"
            .formatted(
                seconds(),
                PipelineSettings.WARM_UP.toSeconds(),
                PipelineRun.CHECKPOINT_INTERVAL.toSeconds()));
    conditions.putAll(OnnxRuntime.facts());
    return conditions;
  }

  private String command() {
    String common =
        "./streambed benchmark pipeline --texts %d --rounds %d --seconds %d"
            .formatted(texts, rounds, seconds());
    String own =
        model == Model.moe
            ? moe.arguments()
            : " --ceiling-records " + ceilingRecords + sample.arguments() + waysArgument();
    boolean all = parts().containsAll(parts(model));
    return common + own + (all ? "" : " --only " + names(parts(), ","));
  }

  private String waysArgument() {
    return ways.pattern().equals(".*") ? "" : " --ways '" + ways.pattern() + "'";
  }
}
