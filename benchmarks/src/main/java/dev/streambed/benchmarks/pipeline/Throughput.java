package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.pipeline.CommitRate.Window;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.benchmarks.report.Turns;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.EmbedTopicJob;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.annotation.Internal;

/**
 * Kafka to Kafka, exactly once: the job of Streambed against the machine's limit and against the
 * job that people write today. In each round all take their turn. The unit is tokens of the
 * committed texts, since no two stretches of the input are equally long.
 */
@Internal
public final class Throughput {
  private static final String INPUT = "texts";

  // More than two cores can embed of texts of this kind.
  private static final int MOST_TEXTS_PER_SECOND = 1_000;

  private final PipelineSettings settings;
  private final KafkaBroker broker;
  private final int inputs;

  /** The jobs that are compared. */
  private enum Runner {
    LIMIT("limit: raw ONNX Runtime, no Kafka"),
    STREAMBED("Streambed, exactly once"),
    DEFAULTS("one text per call, runtime's defaults"),
    ONE_THREAD("one text per call, one thread a run");

    private final String label;

    Runner(String label) {
      this.label = label;
    }
  }

  public Throughput(PipelineSettings settings, KafkaBroker broker) {
    this.settings = settings;
    this.broker = broker;
    long seconds = PipelineSettings.WARM_UP.plus(settings.window()).toSeconds();
    this.inputs = Math.toIntExact(seconds * MOST_TEXTS_PER_SECOND);
  }

  public Findings measure(int rounds, Consumer<String> progress) throws Exception {
    progress.accept("filling a topic with %,d texts".formatted(inputs));
    PipelineTopics.fill(broker, INPUT, settings.texts(), inputs);
    Limit limit = Limit.open(settings.model(), settings.texts());
    Map<Runner, Measurement> measured =
        new Turns(rounds, "tokens/s", progress)
            .measure(
                List.of(Runner.values()),
                runner -> runner.label,
                (runner, round) -> rate(runner, round, limit));
    return new Findings(
        List.of(
            new Section(
                "Kafka to Kafka, exactly once",
                "tokens/s",
                List.copyOf(measured.values()),
                Chart.BARS)),
        List.of(
            target(measured, "pipeline against the limit", 0.85, Runner.LIMIT),
            target(
                measured,
                "pipeline against one text per call, runtime's defaults",
                1.4,
                Runner.DEFAULTS),
            target(
                measured,
                "pipeline against one text per call, one thread a run",
                1.4,
                Runner.ONE_THREAD)),
        List.of(
            "The limit ran %s: threads x threads of a run : token budget, the fastest of those it tried. Its texts have %s tokens on average."
                .formatted(limit.variant(), BenchmarkReport.number(limit.tokensPerText()))));
  }

  private double rate(Runner runner, int round, Limit limit) throws Exception {
    return switch (runner) {
      case LIMIT -> limit.rate();
      case STREAMBED -> {
        PipelineTopics topics = outputs(runner, round);
        PipelineRun run = settings.run();
        yield rate(
            run,
            environment ->
                EmbedTopicJob.build(
                    environment, topics.pipelineFile(run.configuration(), settings.model())),
            topics);
      }
      case DEFAULTS -> oneByOne(OneByOneJob.Threads.DEFAULTS, outputs(runner, round));
      case ONE_THREAD -> oneByOne(OneByOneJob.Threads.ONE_A_RUN, outputs(runner, round));
    };
  }

  private double oneByOne(OneByOneJob.Threads threads, PipelineTopics topics) throws Exception {
    return rate(
        settings.run(),
        environment -> {
          environment.enableCheckpointing(PipelineRun.CHECKPOINT_INTERVAL.toMillis());
          OneByOneJob.build(environment, topics, settings.model().streambed(), threads);
        },
        topics);
  }

  private double rate(PipelineRun run, PipelineRun.Job job, PipelineTopics topics)
      throws Exception {
    Window window = run.measure(job, topics, inputs, () -> {});
    double tokens = topics.tokens(window);
    topics.deleteOutput();
    return tokens / window.seconds();
  }

  private PipelineTopics outputs(Runner runner, int round) throws Exception {
    return PipelineTopics.withNewOutput(broker, INPUT, runner + "-" + round);
  }

  private static Target target(
      Map<Runner, Measurement> measured, String what, double wanted, Runner other) {
    Measurement ours = measured.get(Runner.STREAMBED);
    Measurement theirs = measured.get(other);
    if (ours == null || theirs == null) {
      throw new IllegalStateException("Nothing was measured.");
    }
    return Target.atLeast(what, wanted, BenchmarkReport.ratio("", ours, theirs));
  }
}
