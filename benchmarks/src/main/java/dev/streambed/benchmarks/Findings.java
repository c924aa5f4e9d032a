package dev.streambed.benchmarks;

import dev.streambed.benchmarks.BenchmarkReport.Section;
import dev.streambed.benchmarks.BenchmarkReport.Target;
import java.util.List;

/**
 * What a part of a benchmark found.
 *
 * @param remarks for people, a sentence or two each
 */
record Findings(List<Section> sections, List<Target> targets, List<String> remarks) {}
