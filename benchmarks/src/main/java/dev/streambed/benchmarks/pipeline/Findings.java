package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * The findings of a benchmark, or of one part of it.
 *
 * @param remarks for people, a sentence or two each
 */
@Internal
public record Findings(List<Section> sections, List<Target> targets, List<String> remarks) {
  /** Those of all parts, in their order. */
  public static Findings of(List<Findings> parts) {
    return new Findings(
        parts.stream().flatMap(part -> part.sections.stream()).toList(),
        parts.stream().flatMap(part -> part.targets.stream()).toList(),
        parts.stream().flatMap(part -> part.remarks.stream()).toList());
  }
}
