package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * The findings of one part of a benchmark.
 *
 * @param remarks for people, a sentence or two each
 */
@Internal
public record Findings(List<Section> sections, List<Target> targets, List<String> remarks) {}
