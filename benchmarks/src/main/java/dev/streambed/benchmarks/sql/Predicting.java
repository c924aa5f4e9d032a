package dev.streambed.benchmarks.sql;

import dev.streambed.benchmarks.pipeline.CommitRate.Window;
import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.FreeEmbedder;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.benchmarks.pipeline.PipelineTopics;
import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.benchmarks.report.Turns;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.operator.BatchingOptions;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;

/**
 * {@code ML_PREDICT} from Kafka to Kafka against the DataStream job, with the real model in tokens
 * per second, and with one that costs nothing in records per second.
 */
final class Predicting {
  private static final double WANTED_OF_THE_JOB = 0.95;
  private static final double WANTED_OF_ONE_BY_ONE = 1.5;
  private static final double WANTED_WHEN_FREE = 0.8;

  private static final String NUMBERS = "ARRAY<FLOAT>";

  // More than two cores can embed of texts of this kind.
  private static final int MOST_TEXTS_PER_SECOND = 1_000;

  private final PipelineSettings settings;
  private final KafkaBroker broker;

  /** The jobs that are compared. */
  private enum Way {
    JOB("DataStream job"),
    SQL("ML_PREDICT, as documented"),
    ONE_BY_ONE("ML_PREDICT, one text per call, runtime's defaults"),
    FREE_JOB("DataStream job, JSON, free model"),
    FREE_SQL("ML_PREDICT, free model, embedding ARRAY<FLOAT>"),
    FREE_SQL_BYTES("ML_PREDICT, free model, embedding BYTES");

    private final String label;

    Way(String label) {
      this.label = label;
    }
  }

  Predicting(PipelineSettings settings, KafkaBroker broker) {
    this.settings = settings;
    this.broker = broker;
  }

  Findings withTheModel(int rounds, Consumer<String> progress) throws Exception {
    long seconds = PipelineSettings.WARM_UP.plus(settings.window()).toSeconds();
    int inputs = Math.toIntExact(seconds * MOST_TEXTS_PER_SECOND);
    Map<Way, Measurement> measured =
        measure(List.of(Way.JOB, Way.SQL, Way.ONE_BY_ONE), inputs, rounds, "tokens/s", progress);
    return new Findings(
        List.of(section("Kafka to Kafka, exactly once", "tokens/s", measured)),
        List.of(
            target("ML_PREDICT against the job", WANTED_OF_THE_JOB, measured, Way.SQL, Way.JOB),
            target(
                "ML_PREDICT against one text per call",
                WANTED_OF_ONE_BY_ONE,
                measured,
                Way.SQL,
                Way.ONE_BY_ONE)),
        List.of());
  }

  /**
   * With a model that costs nothing.
   *
   * @param records of the input; a run that comes to their end is measured up to there
   */
  Findings withAFreeModel(int records, int rounds, Consumer<String> progress) throws Exception {
    Map<Way, Measurement> measured =
        measure(
            List.of(Way.FREE_JOB, Way.FREE_SQL, Way.FREE_SQL_BYTES),
            records,
            rounds,
            "records/s",
            progress);
    return new Findings(
        List.of(
            section(
                "Kafka to Kafka, free model of %d dimensions, JSON"
                    .formatted(BareModelProviderFactory.DIMENSIONS),
                "records/s",
                measured)),
        List.of(
            target(
                "free model, ML_PREDICT against the job",
                WANTED_WHEN_FREE,
                measured,
                Way.FREE_SQL,
                Way.FREE_JOB),
            target(
                "the same with embedding BYTES, Base64 in JSON",
                WANTED_WHEN_FREE,
                measured,
                Way.FREE_SQL_BYTES,
                Way.FREE_JOB)),
        List.of(
            "The DataStream job writes vectors as numbers in JSON, with a float writer of Jackson's that Flink's own JSON format does not use."));
  }

  private Map<Way, Measurement> measure(
      List<Way> ways, int inputs, int rounds, String unit, Consumer<String> progress)
      throws Exception {
    String input = "sql-texts-" + inputs;
    progress.accept("filling a topic with %,d texts".formatted(inputs));
    PipelineTopics.fill(broker, input, settings.texts(), inputs);
    return new Turns(rounds, unit, progress)
        .measure(
            ways,
            way -> way.label,
            (way, round) -> {
              PipelineTopics topics =
                  PipelineTopics.withNewOutput(broker, input, "sql-%s-%d".formatted(way, round));
              double rate = rate(way, topics, inputs);
              topics.deleteOutput();
              return rate;
            });
  }

  private double rate(Way way, PipelineTopics topics, int inputs) throws Exception {
    PipelineRun run = settings.run();
    Configuration file = topics.pipelineFile(run.configuration(), settings.model());
    Window window =
        run.measure(
            environment -> {
              switch (way) {
                case JOB -> EmbedTopicJob.build(environment, file);
                case FREE_JOB ->
                    EmbedTopicJob.build(
                        environment,
                        file,
                        gpu -> new FreeEmbedder(BareModelProviderFactory.DIMENSIONS));
                default -> pipeline(way).build(environment, topics);
              }
            },
            topics,
            inputs,
            () -> {});
    return switch (way) {
      case JOB -> topics.tokens(window) / window.seconds();
      case SQL, ONE_BY_ONE -> topics.tokens(window, SqlPipeline::tokens) / window.seconds();
      case FREE_JOB, FREE_SQL, FREE_SQL_BYTES -> window.recordsPerSecond();
    };
  }

  private SqlPipeline pipeline(Way way) {
    if (way == Way.FREE_SQL || way == Way.FREE_SQL_BYTES) {
      return new SqlPipeline(
          Map.of("provider", BareModelProviderFactory.IDENTIFIER),
          BatchingOptions.DEFAULT.capacity(),
          way == Way.FREE_SQL ? NUMBERS : "BYTES");
    }
    String directory = settings.model().streambed().toString();
    if (way == Way.SQL) {
      return new SqlPipeline(
          Map.of("provider", "streambed", "model-directory", directory),
          BatchingOptions.DEFAULT.capacity(),
          NUMBERS);
    }
    return new SqlPipeline(
        Map.of(
            "provider",
            BareModelProviderFactory.IDENTIFIER,
            BareModelProviderFactory.ONE_BY_ONE.key(),
            directory),
        /* operations= */ 0,
        NUMBERS);
  }

  private static Section section(String title, String unit, Map<Way, Measurement> measured) {
    return new Section(title, unit, List.copyOf(measured.values()), Chart.BARS);
  }

  private static Target target(
      String what, double wanted, Map<Way, Measurement> measured, Way ours, Way theirs) {
    Measurement first = measured.get(ours);
    Measurement second = measured.get(theirs);
    if (first == null || second == null) {
      throw new IllegalStateException("Nothing was measured.");
    }
    return Target.atLeast(what, wanted, BenchmarkReport.ratio("", first, second));
  }
}
