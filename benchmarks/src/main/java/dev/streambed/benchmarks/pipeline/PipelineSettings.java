package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.contestant.ModelFiles;
import dev.streambed.benchmarks.setup.BenchmarkFolders;
import dev.streambed.benchmarks.setup.PreparedModel;
import dev.streambed.benchmarks.setup.SampleTexts;
import dev.streambed.cli.terminal.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.annotation.Internal;

/**
 * Settings that all parts of the pipeline benchmark use.
 *
 * @param cores and so slots
 * @param texts sent over and over
 * @param window that each run is measured, after its warm-up
 * @param work folder for files that may be deleted
 */
@Internal
public record PipelineSettings(
    int cores, List<String> texts, Duration window, ModelFiles model, Path work) {

  private static final long SEED = 1;

  /** From a job's first commit on; compilers and caches have settled by then. */
  public static final Duration WARM_UP = Duration.ofSeconds(20);

  public PipelineSettings {
    texts = List.copyOf(texts);
  }

  /**
   * Prepares a benchmark with a slot for each core.
   *
   * @param texts so many of the sample
   */
  public static PipelineSettings prepare(SampleTexts sample, int texts, Duration window)
      throws IOException {
    Path work = Files.createDirectories(BenchmarkFolders.work());
    ModelFiles model = PreparedModel.in(work.resolve("model"), Progress::say);
    List<String> inputs = new ArrayList<>(sample.spread(texts));
    // So that short and long texts are mixed all over the topic.
    Collections.shuffle(inputs, new Random(SEED));
    int cores = Runtime.getRuntime().availableProcessors();
    return new PipelineSettings(cores, inputs, window, model, work);
  }

  public PipelineRun run() {
    return new PipelineRun(
        cores, work, new PipelineRun.Pace(WARM_UP, window, PipelineRun.CHECKPOINT_INTERVAL));
  }
}
