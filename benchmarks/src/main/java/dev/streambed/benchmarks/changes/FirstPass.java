package dev.streambed.benchmarks.changes;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.benchmarks.pipeline.PipelineTopics;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.EmbedTopicJob;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;

/** What the look for changes costs while everything is new: with the real model, Kafka to Kafka. */
final class FirstPass {
  private static final String INPUT = "new-texts";
  private static final double WANTED = 0.97;

  // More than two cores can embed of texts of this kind.
  private static final int MOST_TEXTS_PER_SECOND = 1_000;

  private final PipelineSettings settings;
  private final KafkaBroker broker;
  private final int inputs;

  FirstPass(PipelineSettings settings, KafkaBroker broker) {
    this.settings = settings;
    this.broker = broker;
    long seconds = PipelineSettings.WARM_UP.plus(settings.window()).toSeconds();
    this.inputs = Math.toIntExact(seconds * MOST_TEXTS_PER_SECOND);
  }

  Findings measure(int rounds, Consumer<String> progress) throws Exception {
    progress.accept("filling a topic with %,d texts".formatted(inputs));
    PipelineTopics.fill(broker, INPUT, settings.texts(), inputs);
    Map<Mode, Measurement> measured =
        Mode.measure("first pass", "tokens/s", rounds, progress, this::rate);
    return new Findings(
        List.of(
            new Section(
                "First pass: all texts are new",
                "tokens/s",
                List.copyOf(measured.values()),
                Chart.BARS)),
        List.of(
            Mode.SKIP.target(measured, "first pass, tokens/s", WANTED),
            Mode.METADATA_ONLY.target(measured, "first pass, tokens/s", WANTED)),
        List.of());
  }

  private double rate(Mode mode, int round) throws Exception {
    PipelineTopics topics =
        PipelineTopics.withNewOutput(broker, INPUT, "first-%s-%d".formatted(mode, round));
    PipelineRun run = settings.run();
    Configuration file = topics.pipelineFile(run.configuration(), settings.model());
    mode.describeIn(file);
    var window =
        run.measure(
            environment -> EmbedTopicJob.build(environment, file), topics, inputs, () -> {});
    double tokens = topics.tokens(window);
    topics.deleteOutput();
    return tokens / window.seconds();
  }
}
