package dev.streambed.benchmarks.changes;

import dev.streambed.benchmarks.pipeline.Findings;
import dev.streambed.benchmarks.pipeline.FreeEmbedder;
import dev.streambed.benchmarks.pipeline.PipelineRun;
import dev.streambed.benchmarks.pipeline.PipelineSettings;
import dev.streambed.benchmarks.pipeline.PipelineTopics;
import dev.streambed.benchmarks.report.BenchmarkReport.Chart;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.Measurement;
import dev.streambed.broker.KafkaBroker;
import dev.streambed.jobs.EmbedTopicJob;
import dev.streambed.jobs.format.EmbeddingFormat;
import dev.streambed.jobs.options.JobOptions;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.configuration.Configuration;

/**
 * How fast texts pass that did not change, against a job that embeds them again with a model that
 * costs nothing.
 */
final class SecondPass {
  private static final String INPUT = "texts-again";
  private static final double WANTED = 0.6;
  private static final int DIMENSIONS = 256;

  /** All have come once before the warm-up ends. A multiple of the partitions. */
  private static final int DOCUMENTS = 50_000;

  private final PipelineSettings settings;
  private final KafkaBroker broker;
  private final int passes;

  /**
   * @param passes of the documents, the first of which fills the state
   */
  SecondPass(PipelineSettings settings, KafkaBroker broker, int passes) {
    this.settings = settings;
    this.broker = broker;
    this.passes = passes;
  }

  Findings measure(int rounds, Consumer<String> progress) throws Exception {
    progress.accept("filling a topic with %,d texts, %d times".formatted(DOCUMENTS, passes));
    PipelineTopics.fillInPasses(broker, INPUT, settings.texts(), DOCUMENTS, passes);
    Map<Mode, Measurement> measured =
        Mode.measure("unchanged texts", "records/s", rounds, progress, this::rate);
    return new Findings(
        List.of(
            new Section(
                "Texts that did not change, free model, avro, %d dimensions".formatted(DIMENSIONS),
                "records/s",
                List.copyOf(measured.values()),
                Chart.BARS)),
        List.of(
            Mode.SKIP.target(measured, "unchanged texts, records/s", WANTED),
            Mode.METADATA_ONLY.target(measured, "unchanged texts, records/s", WANTED)),
        List.of(
            "Unchanged texts: %,d documents, each %d times; counted are records that were read, by the positions that checkpoints commit. off embeds and writes each of them."
                .formatted(DOCUMENTS, passes)));
  }

  private double rate(Mode mode, int round) throws Exception {
    PipelineTopics topics =
        PipelineTopics.withNewOutput(broker, INPUT, "second-%s-%d".formatted(mode, round));
    PipelineRun run = settings.run();
    Configuration file = topics.pipelineFile(run.configuration(), settings.model());
    file.set(JobOptions.SINK_FORMAT, EmbeddingFormat.AVRO);
    mode.describeIn(file);
    double rate =
        run.measureReading(
                environment ->
                    EmbedTopicJob.build(environment, file, gpu -> new FreeEmbedder(DIMENSIONS)),
                topics,
                (long) DOCUMENTS * passes)
            .recordsPerSecond();
    requireOnePass(mode, topics);
    topics.deleteOutput();
    return rate;
  }

  /** Nothing but the first pass must have been written, or something else was measured. */
  private static void requireOnePass(Mode mode, PipelineTopics topics) {
    long written = topics.committedEnd(); // with some markers of transactions
    if (mode != Mode.OFF && written >= 2L * DOCUMENTS) {
      throw new IllegalStateException(
          "%s wrote %,d records of %,d documents.".formatted(mode, written, DOCUMENTS));
    }
  }
}
