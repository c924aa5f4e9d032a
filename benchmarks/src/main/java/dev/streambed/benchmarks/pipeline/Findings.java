package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.report.BenchmarkReport;
import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import dev.streambed.benchmarks.report.Machine;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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

  /**
   * A report of now and of this machine.
   *
   * @param name of its folder of results
   * @param command that repeats it
   * @param conditions of the runs, by what they are
   */
  public BenchmarkReport report(
      String name, String title, String command, Map<String, String> conditions) {
    return new BenchmarkReport(
        name,
        title,
        command,
        Instant.now(),
        Machine.ofThisProcess(),
        conditions,
        sections,
        targets,
        remarks);
  }
}
