package dev.streambed.benchmarks.sql;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.Machine;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.OnnxRuntime;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.cli.terminal.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.flink.annotation.Internal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures embeddings in Flink SQL. */
@Internal
@Command(
    name = "sql",
    mixinStandardHelpOptions = true,
    description =
        "ML_PREDICT from Kafka to Kafka against the DataStream job, and VECTOR_SEARCH over a topic against exact search.")
public final class SqlBenchmark implements Callable<Integer> {
  @Option(
      names = "--texts",
      defaultValue = "1000",
      description = "Texts of the sample that are sent over and over (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Runs of each (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      description =
          "Seconds that each run is measured, after its warm-up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--records",
      defaultValue = "2000000",
      description = "Records for the free model (default: ${DEFAULT-VALUE}).")
  private int records;

  @Option(
      names = "--vectors",
      defaultValue = "100000",
      description = "Vectors that are searched (default: ${DEFAULT-VALUE}).")
  private int vectors;

  @Option(
      names = "--queries",
      defaultValue = "200",
      description =
          "Queries of each exact run; the graph answers forty times as many (default: ${DEFAULT-VALUE}).")
  private int queries;

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
    predict,
    free,
    search
  }

  @Override
  public Integer call() throws Exception {
    if (texts < 10 || rounds < 1 || seconds < 3) {
      throw new ParameterException(
          spec.commandLine(),
          "--texts must be at least 10, --rounds at least 1, --seconds at least 3.");
    }
    if (records < 10_000 || vectors < 1_000 || queries < 10) {
      throw new ParameterException(
          spec.commandLine(),
          "--records must be at least 10000, --vectors at least 1000, --queries at least 10.");
    }
    double loadBefore = Machine.loadAverage();
    BenchmarkReport report = report(Findings.of(measure()), loadBefore);
    Path folder = report.write(results);
    System.out.println(report.summary());
    Progress.say("written to " + folder);
    return 0;
  }

  private List<Findings> measure() throws Exception {
    PipelineSettings settings =
        PipelineSettings.prepare(sample, texts, Duration.ofSeconds(seconds));
    List<Findings> findings = new ArrayList<>();
    try (KafkaBroker broker =
        KafkaBroker.start(more -> more.setProperty("log.segment.delete.delay.ms", "1000"))) {
      var predicting = new Predicting(settings, broker);
      if (only.contains(Part.predict)) {
        findings.add(predicting.withTheModel(rounds, Progress::say));
      }
      if (only.contains(Part.free)) {
        findings.add(predicting.withAFreeModel(records, rounds, Progress::say));
      }
      if (only.contains(Part.search)) {
        findings.add(
            new Searching(settings, broker, vectors, queries).measure(rounds, Progress::say));
      }
    }
    return findings;
  }

  private BenchmarkReport report(Findings findings, double loadBefore) {
    return findings.report(
        sample.nameOf("sql"),
        "Flink SQL: ML_PREDICT and VECTOR_SEARCH",
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
    conditions.put(
        "each run of a job",
        "all-MiniLM-L6-v2 fp32 unless free; %d s after %d s of warm-up, from commit to commit, checkpoints every %d s, heap state, a slot per core; broker on the same machine"
            .formatted(
                seconds,
                PipelineSettings.WARM_UP.toSeconds(),
                PipelineRun.CHECKPOINT_INTERVAL.toSeconds()));
    conditions.put(
        "each search",
        "%,d vectors of %d dimensions in a topic; options as documented, but for exact-below"
            .formatted(vectors, SearchedVectors.DIMENSIONS));
    conditions.putAll(OnnxRuntime.facts());
    return conditions;
  }

  private String command() {
    String command =
        "./streambed benchmark sql --texts %d --rounds %d --seconds %d --records %d --vectors %d --queries %d"
                .formatted(texts, rounds, seconds, records, vectors, queries)
            + sample.arguments();
    return only.size() == Part.values().length
        ? command
        : command + " --only " + String.join(",", only.stream().map(Part::name).toList());
  }
}
