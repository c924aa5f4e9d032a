package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.terminal.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures Kafka to Kafka, exactly once, with a checkpoint every second: the job of Streambed
 * against the limit of the machine and against the job that people write today; what it carries
 * with a model that costs nothing; and how long a text takes at several loads.
 */
@Internal
@Command(
    name = "pipeline",
    mixinStandardHelpOptions = true,
    description =
        "Kafka to Kafka exactly once: throughput, ceiling with a free model, and latency.")
public final class PipelineBenchmark implements Callable<Integer> {
  @Option(
      names = "--texts",
      defaultValue = "600",
      description = "Texts of the sample that are sent over and over (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Runs of each job (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description =
          "Seconds that each run is measured, after its warm-up (default: ${DEFAULT-VALUE}).")
  private int seconds;

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
      split = ",",
      description = "Parts to run: ${COMPLETION-CANDIDATES} (default: all).")
  private List<Part> only = List.of(Part.values());

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Mixin private SampleTexts sample = new SampleTexts();

  @Spec private CommandSpec spec = CommandSpec.create();

  /** The parts that can be measured alone. */
  enum Part {
    throughput,
    ceiling,
    latency
  }

  @Override
  public Integer call() throws Exception {
    if (texts < 1 || rounds < 1 || seconds < 3 || ceilingRecords < 1) {
      throw new ParameterException(
          spec.commandLine(),
          "--texts, --rounds and --ceiling-records must be at least 1, --seconds at least 3.");
    }
    double loadBefore = Machine.loadAverage();
    BenchmarkReport report =
        report(
            measure(PipelineSettings.prepare(sample, texts, Duration.ofSeconds(seconds))),
            loadBefore);
    Path folder = report.write(results);
    System.out.println(report.summary());
    Progress.say("written to " + folder);
    return 0;
  }

  private List<Findings> measure(PipelineSettings settings) throws Exception {
    List<Findings> findings = new ArrayList<>();
    // Deleted topics are to free the disk before the next run has filled it.
    try (KafkaBroker broker =
        KafkaBroker.start(more -> more.setProperty("log.segment.delete.delay.ms", "1000"))) {
      // The ceiling first: its many records bring all but the model to full speed, which a model's
      // few records per second would do within minutes only.
      if (only.contains(Part.ceiling)) {
        findings.add(new Decoding(settings).measure(rounds, Progress::say));
        findings.add(
            new Ceiling(settings, broker, ceilingRecords, ways).measure(rounds, Progress::say));
      }
      if (only.contains(Part.throughput)) {
        findings.add(new Throughput(settings, broker).measure(rounds, Progress::say));
      }
    }
    if (only.contains(Part.latency)) {
      findings.add(new LatencyUnderLoad(settings).measure(Progress::say));
    }
    return findings;
  }

  private BenchmarkReport report(List<Findings> parts, double loadBefore) {
    Findings findings = Findings.of(parts);
    return new BenchmarkReport(
        sample.nameOf("pipeline"),
        "Pipeline: Kafka to Kafka, exactly once, all-MiniLM-L6-v2 fp32",
        command(),
        Instant.now(),
        Machine.ofThisProcess(),
        conditions(loadBefore),
        findings.sections(),
        findings.targets(),
        findings.remarks());
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
                seconds,
                PipelineSettings.WARM_UP.toSeconds(),
                PipelineRun.CHECKPOINT_INTERVAL.toSeconds()));
    conditions.putAll(OnnxRuntime.facts());
    return conditions;
  }

  private String command() {
    String command =
        "./streambed benchmark pipeline --texts %d --rounds %d --seconds %d --ceiling-records %d"
                .formatted(texts, rounds, seconds, ceilingRecords)
            + sample.arguments()
            + (ways.pattern().equals(".*") ? "" : " --ways '" + ways.pattern() + "'");
    return only.size() == Part.values().length
        ? command
        : command + " --only " + String.join(",", only.stream().map(Part::name).toList());
  }
}
