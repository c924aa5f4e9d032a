package dev.streambed.benchmarks.pipeline;

import dev.streambed.benchmarks.report.BenchmarkReport.Section;
import dev.streambed.benchmarks.report.BenchmarkReport.Target;
import java.util.List;

/**
 * What a part of a benchmark found.
 *
 * @param remarks for people, a sentence or two each
 */
record Findings(List<Section> sections, List<Target> targets, List<String> remarks) {}
