package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.options.JobOptions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;

/**
 * What the pipeline carries with a model that costs nothing, in each output format, and where the
 * time goes then.
 */
final class Ceiling {
  private static final String INPUT = "ceiling-texts";
  private static final int DIMENSIONS = 256;
  private static final int TOP_METHODS = 10;

  private final PipelineSettings settings;
  private final KafkaBroker broker;
  private final int records;

  /**
   * @param records of the input; a run that comes to their end is measured up to there
   */
  Ceiling(PipelineSettings settings, KafkaBroker broker, int records) {
    this.settings = settings;
    this.broker = broker;
    this.records = records;
  }

  Findings measure(int rounds, Consumer<String> progress) throws Exception {
    progress.accept("filling a topic with %,d texts".formatted(records));
    PipelineTopics.fill(broker, INPUT, settings.texts(), records);
    Map<EmbeddingFormat, List<Double>> rates = new EnumMap<>(EmbeddingFormat.class);
    List<Section> profiles = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      for (EmbeddingFormat format : EmbeddingFormat.values()) {
        progress.accept("ceiling, round %d of %d: %s".formatted(round, rounds, format));
        double rate = rate(format, Integer.toString(round), () -> {});
        progress.accept("  %s records/s".formatted(BenchmarkReport.number(rate)));
        rates.computeIfAbsent(format, unused -> new ArrayList<>()).add(rate);
      }
    }
    for (EmbeddingFormat format : EmbeddingFormat.values()) {
      progress.accept("ceiling, profile: " + format);
      profiles.addAll(profile(format));
    }
    List<Measurement> measured = new ArrayList<>();
    List<Target> targets = new ArrayList<>();
    rates.forEach(
        (format, values) -> {
          Measurement rate =
              Measurement.of("%d dimensions, %s".formatted(DIMENSIONS, format), values);
          measured.add(rate);
          if (format == EmbeddingFormat.AVRO) {
            targets.add(Target.atLeast("ceiling with a free model, avro, records/s", 20_000, rate));
          }
        });
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("Ceiling with a free model", "records/s", measured, Chart.BARS));
    sections.addAll(profiles);
    return new Findings(
        sections,
        targets,
        List.of(
            "Ceiling: only running Java code of the job's JVM is sampled, not the broker, which takes its share of the cores, and not native code.",
            "Ceiling: a run that comes to the end of its %,d records before its time is measured over the second half of them."
                .formatted(records)));
  }

  /** In a run of its own, as sampling costs a little. */
  private List<Section> profile(EmbeddingFormat format) throws Exception {
    try (StackProfile profile = new StackProfile()) {
      var unused = rate(format, "profile", profile::start);
      StackProfile.Summary summary =
          profile.stop(settings.work().resolve("ceiling.jfr"), TOP_METHODS);
      return List.of(
          shares(
              "Ceiling, %s: where %,d samples of running Java code were"
                  .formatted(format, summary.samples()),
              summary.parts()),
          shares("Ceiling, %s: the innermost methods".formatted(format), summary.methods()));
    }
  }

  private double rate(EmbeddingFormat format, String run, Runnable atWindow) throws Exception {
    PipelineTopics topics =
        PipelineTopics.withNewOutput(broker, INPUT, "ceiling-%s-%s".formatted(format, run));
    PipelineRun pipeline = settings.run();
    Configuration file = topics.pipelineFile(pipeline.configuration(), settings.model());
    file.set(JobOptions.SINK_FORMAT, format);
    return pipeline
        .measure(
            environment ->
                EmbedTopicJob.build(environment, file, gpu -> new FreeEmbedder(DIMENSIONS)),
            topics,
            records,
            atWindow)
        .recordsPerSecond();
  }

  private static Section shares(String title, Map<String, Double> percents) {
    List<Measurement> rows = new ArrayList<>();
    percents.forEach((name, percent) -> rows.add(Measurement.of(name, List.of(percent))));
    return new Section(title, "%", rows, Chart.NONE);
  }
}
