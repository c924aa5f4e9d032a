package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.contestant.ModelFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

  /** From a job's first commit on; compilers and caches have settled by then. */
  public static final Duration WARM_UP = Duration.ofSeconds(20);

  public PipelineSettings {
    texts = List.copyOf(texts);
  }

  public PipelineRun run() {
    return new PipelineRun(cores, work, WARM_UP, window);
  }
}
