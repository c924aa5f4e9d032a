package dev.streambed.benchmarks;

import dev.streambed.benchmarks.BenchmarkReport.Chart;
import dev.streambed.benchmarks.BenchmarkReport.Section;
import dev.streambed.benchmarks.BenchmarkReport.Target;
import dev.streambed.benchmarks.LatencyTest.Latencies;
import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.cli.KafkaBroker;
import dev.streambed.embedder.ModelDirectory;
import dev.streambed.jobs.CeilingJob;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.JobOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Measures Kafka to Kafka, exactly once, with a checkpoint every second: the job of Streambed
 * against the limit of the machine and against the job that people write today; what it carries
 * with a model that costs nothing; and how long a text takes at several loads.
 */
@Command(
    name = "pipeline",
    mixinStandardHelpOptions = true,
    description =
        "Kafka to Kafka exactly once: throughput, ceiling with a free model, and latency.")
final class PipelineBenchmark implements Callable<Integer> {
  private static final String NAME = "pipeline";
  private static final long SEED = 1;
  private static final int FREE_DIMENSIONS = 256;
  private static final int TOP_METHODS = 10;
  private static final Duration WARM_UP = Duration.ofSeconds(6);

  // More than two cores can embed of texts of this kind.
  private static final int MOST_TEXTS_PER_SECOND = 1_000;

  @Option(
      names = "--texts",
      defaultValue = "1000",
      description = "Texts of the sample that are sent over and over (default: ${DEFAULT-VALUE}).")
  private int texts;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Runs of each job (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "12",
      description =
          "Seconds that each run is measured, after its warm-up (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--ceiling-records",
      defaultValue = "400000",
      description = "Records for the free model (default: ${DEFAULT-VALUE}).")
  private int ceilingRecords;

  @Option(
      names = "--only",
      split = ",",
      description = "Parts to run: ${COMPLETION-CANDIDATES} (default: all).")
  private List<Part> only = List.of(Part.values());

  @Option(
      names = "--results",
      description = "Folder to write to (default: benchmarks/results of the clone).")
  private Path results = BenchmarkFolders.results();

  @Spec private CommandSpec spec = CommandSpec.create();

  private final Progress progress = new Progress(System.err);
  private final List<Section> sections = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private final int cores = Runtime.getRuntime().availableProcessors();
  private int runs;

  /** What can be measured alone. */
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
    Path work = Files.createDirectories(BenchmarkFolders.work());
    ModelFiles model = PreparedModel.in(work.resolve("model"), progress::say);
    List<String> sample = new ArrayList<>(SampleTexts.spread(texts));
    // So that any stretch of the topic has the lengths of the whole sample.
    Collections.shuffle(sample, new Random(SEED));
    try (KafkaBroker broker = KafkaBroker.start()) {
      if (only.contains(Part.throughput)) {
        throughput(broker, sample, model, work);
      }
      if (only.contains(Part.ceiling)) {
        ceiling(broker, sample, work);
      }
    }
    if (only.contains(Part.latency)) {
      latency(sample, model);
    }
    BenchmarkReport report = report(loadBefore);
    Path folder = report.write(results);
    System.out.println(report.summary());
    progress.say("written to " + folder);
    return 0;
  }

  private void throughput(KafkaBroker broker, List<String> sample, ModelFiles model, Path work)
      throws Exception {
    int inputs = (int) (WARM_UP.toSeconds() + seconds) * MOST_TEXTS_PER_SECOND;
    progress.say("filling a topic with %,d texts".formatted(inputs));
    PipelineTopics.fill(broker, "texts", sample, inputs);
    var run = new PipelineRun(cores, work, WARM_UP, Duration.ofSeconds(seconds));
    LimitContestant limit = LimitContestant.open(model);
    String[] limitTexts = sample.toArray(String[]::new);
    limit.embed(limitTexts, limitVariant()); // warm-up

    List<Double> limits = new ArrayList<>();
    List<Double> streambed = new ArrayList<>();
    List<Double> defaults = new ArrayList<>();
    List<Double> oneThread = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      progress.say("round %d of %d: limit".formatted(round, rounds));
      long start = System.nanoTime();
      limit.embed(limitTexts, limitVariant());
      limits.add(sample.size() / ((System.nanoTime() - start) / 1e9));

      progress.say("round %d of %d: Streambed".formatted(round, rounds));
      PipelineTopics topics = nextTopics(broker, "texts");
      streambed.add(
          run.measure(
              environment -> EmbedTopicJob.build(environment, file(run, topics, model)),
              topics,
              inputs,
              () -> {}));

      progress.say("round %d of %d: one text per call, defaults".formatted(round, rounds));
      defaults.add(oneByOne(run, broker, model, OneByOneJob.Threads.DEFAULTS, inputs));
      progress.say("round %d of %d: one text per call, one thread a run".formatted(round, rounds));
      oneThread.add(oneByOne(run, broker, model, OneByOneJob.Threads.ONE_A_RUN, inputs));
    }
    Measurement limitRate = Measurement.of("limit: raw ONNX Runtime, no Kafka", limits);
    Measurement ours = Measurement.of("Streambed, exactly once", streambed);
    Measurement baseline = Measurement.of("one text per call, runtime's defaults", defaults);
    Measurement tuned = Measurement.of("one text per call, one thread a run", oneThread);
    sections.add(
        new Section(
            "Kafka to Kafka, exactly once",
            "texts/s",
            List.of(limitRate, ours, baseline, tuned),
            Chart.BARS));
    targets.add(
        Target.atLeast(
            "pipeline against the limit", 0.85, BenchmarkReport.ratio("", ours, limitRate)));
    targets.add(
        Target.atLeast(
            "pipeline against one text per call, runtime's defaults",
            1.4,
            BenchmarkReport.ratio("", ours, baseline)));
    targets.add(
        Target.atLeast(
            "pipeline against one text per call, one thread a run",
            1.4,
            BenchmarkReport.ratio("", ours, tuned)));
  }

  private double oneByOne(
      PipelineRun run,
      KafkaBroker broker,
      ModelFiles model,
      OneByOneJob.Threads threads,
      int inputs)
      throws Exception {
    PipelineTopics topics = nextTopics(broker, "texts");
    return run.measure(
        environment -> {
          environment.enableCheckpointing(PipelineRun.CHECKPOINT_INTERVAL.toMillis());
          OneByOneJob.build(environment, topics, model.streambed(), threads);
        },
        topics,
        inputs,
        () -> {});
  }

  private void ceiling(KafkaBroker broker, List<String> sample, Path work) throws Exception {
    progress.say("filling a topic with %,d texts".formatted(ceilingRecords));
    PipelineTopics.fill(broker, "ceiling-texts", sample, ceilingRecords);
    var run = new PipelineRun(cores, work, WARM_UP, Duration.ofSeconds(seconds));
    List<Measurement> rates = new ArrayList<>();
    for (CeilingJob.Output output : CeilingJob.Output.values()) {
      String name = output.name().toLowerCase(Locale.ROOT);
      progress.say("ceiling with a free model, " + name);
      PipelineTopics topics = nextTopics(broker, "ceiling-texts");
      try (StackProfile profile = new StackProfile()) {
        double rate =
            run.measure(
                environment ->
                    CeilingJob.build(
                        environment,
                        file(run, topics, new ModelFiles(work.resolve("model"))),
                        gpu -> new FreeEmbedder(FREE_DIMENSIONS),
                        output),
                topics,
                ceilingRecords,
                profile::start);
        Measurement measurement =
            Measurement.of("%d dimensions, %s".formatted(FREE_DIMENSIONS, name), List.of(rate));
        rates.add(measurement);
        if (output == CeilingJob.Output.BINARY) {
          targets.add(
              Target.atLeast("ceiling with a free model, binary, records/s", 20_000, measurement));
        }
        addProfile(name, profile.stop(work.resolve("ceiling.jfr"), TOP_METHODS));
      }
    }
    sections.add(new Section("Ceiling with a free model", "records/s", rates, Chart.BARS));
  }

  private void addProfile(String output, StackProfile.Summary summary) {
    sections.add(
        new Section(
            "Ceiling, %s: where %,d samples of running Java code were"
                .formatted(output, summary.samples()),
            "%",
            shares(summary.parts()),
            Chart.NONE));
    sections.add(
        new Section(
            "Ceiling, %s: the innermost methods".formatted(output),
            "%",
            shares(summary.methods()),
            Chart.NONE));
  }

  private static List<Measurement> shares(Map<String, Double> percents) {
    List<Measurement> rows = new ArrayList<>();
    percents.forEach((name, percent) -> rows.add(Measurement.of(name, List.of(percent))));
    return rows;
  }

  private void latency(List<String> sample, ModelFiles model) throws Exception {
    LimitContestant limit = LimitContestant.open(model);
    String[] limitTexts = sample.toArray(String[]::new);
    limit.embed(limitTexts, limitVariant());
    long start = System.nanoTime();
    limit.embed(limitTexts, limitVariant());
    double capacity = sample.size() / ((System.nanoTime() - start) / 1e9);

    List<Measurement> rows = new ArrayList<>();
    try (LatencyTest test =
        new LatencyTest(ModelDirectory.open(model.streambed()), sample, cores)) {
      var unused = test.bare(Math.min(200, texts)); // warm-up
      for (int percent : new int[] {1, 10, 50}) {
        double perSecond = capacity * percent / 100;
        // Enough for a 99th percentile, but no longer than two windows.
        int count = (int) Math.max(20, Math.min(1000, perSecond * seconds * 2));
        progress.say("latency at %d %% of %.0f texts/s".formatted(percent, capacity));
        Latencies batched = test.batched(count, perSecond);
        // A lone run at 1 % finds cold caches, as a lone record does; more load has no pauses.
        Latencies bare = percent == 1 ? test.bare(count, perSecond) : test.bare(count);
        Latencies added = batched.minus(bare);
        for (double quantile : new double[] {0.5, 0.99}) {
          rows.add(row(percent, quantile, count, batched, bare, added));
        }
        if (percent == 1) {
          targets.add(
              Target.atMost(
                  "latency at 1 %% load beyond 10 %% of bare inference, median of the texts, ms"
                      .formatted(),
                  1,
                  Measurement.of("", List.of(added.quantile(0.5) - 0.1 * bare.quantile(0.5)))));
        }
      }
    }
    sections.add(new Section("From submission to embedding", "ms", rows, Chart.NONE));
  }

  private static Measurement row(
      int percent, double quantile, int count, Latencies batched, Latencies bare, Latencies added) {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("bare inference", BenchmarkReport.number(bare.quantile(quantile)));
    details.put("added, text by text", BenchmarkReport.number(added.quantile(quantile)));
    details.put("texts", Integer.toString(count));
    return new Measurement(
        "%d %% of capacity, p%.0f".formatted(percent, quantile * 100),
        List.of(batched.quantile(quantile)),
        details);
  }

  private String limitVariant() {
    return cores + "x1:512";
  }

  private PipelineTopics nextTopics(KafkaBroker broker, String input) throws Exception {
    return PipelineTopics.withNewOutput(broker, input, "run-" + ++runs);
  }

  /** A pipeline file, as a user would write it. */
  private static Configuration file(PipelineRun run, PipelineTopics topics, ModelFiles model) {
    Configuration file = run.configuration();
    file.set(JobOptions.SOURCE_BOOTSTRAP_SERVERS, topics.bootstrapServers());
    file.set(JobOptions.SOURCE_TOPIC, topics.input());
    file.set(JobOptions.SOURCE_GROUP_ID, topics.output());
    file.set(JobOptions.SINK_TOPIC, topics.output());
    file.set(JobOptions.SINK_DEAD_LETTER_TOPIC, topics.deadLetters());
    file.set(JobOptions.MODEL_DIRECTORY, model.streambed().toString());
    return file;
  }

  private BenchmarkReport report(double loadBefore) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("load average before", String.format(Locale.ROOT, "%.2f", loadBefore));
    settings.put(
        "texts",
        "%d paragraphs of speeches (the demo's sample), in random order, over and over, a key each"
            .formatted(texts));
    settings.put("longest text", ModelFiles.MAX_TOKENS + " tokens; the rest is cut off");
    settings.put(
        "each run",
        "%d s after %d s of warm-up, from commit to commit, checkpoints every %d s, %d slots; broker on the same machine"
            .formatted(
                seconds, WARM_UP.toSeconds(), PipelineRun.CHECKPOINT_INTERVAL.toSeconds(), cores));
    settings.putAll(OnnxRuntime.facts());
    return new BenchmarkReport(
        NAME,
        "Pipeline: Kafka to Kafka, exactly once, all-MiniLM-L6-v2 fp32",
        command(),
        Instant.now(),
        Machine.ofThisProcess(),
        settings,
        sections,
        targets,
        List.of(
            "Ceiling: only running Java code of this JVM is sampled, not the broker and not native code."));
  }

  private String command() {
    String command =
        "./streambed benchmark pipeline --texts %d --rounds %d --seconds %d --ceiling-records %d"
            .formatted(texts, rounds, seconds, ceilingRecords);
    return only.size() == Part.values().length
        ? command
        : command + " --only " + String.join(",", only.stream().map(Part::name).toList());
  }
}
